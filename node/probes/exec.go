package probes

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	utilexec "k8s.io/utils/exec"
)

// execMargin is what the runtime gets on top of a command's timeout, to end the command and to say so.
const execMargin = 5 * time.Second

// exec passes where the command ends with 0.
func (c *checker) exec(ctx context.Context, id string, command []string, timeout time.Duration) (result, error) {
	limited, cancel := context.WithTimeout(ctx, timeout+execMargin)
	defer cancel()
	stdout, stderr, err := c.runtime.ExecSync(limited, id, command, timeout)
	text := string(append(stdout[:len(stdout):len(stdout)], stderr...))
	text = text[:min(len(text), outputMax)]
	var exit utilexec.ExitError
	switch {
	case err == nil:
		return result{outcome: passed, text: text}, nil
	case errors.As(err, &exit) && exit.ExitStatus() == 0:
		return result{outcome: passed, text: text}, nil
	case errors.As(err, &exit):
		return result{outcome: failed, text: text}, nil
	case timedOut(err):
		return result{outcome: failed, text: fmt.Sprintf("command timed out: %q timed out after %v", strings.Join(command, " "), timeout)}, nil
	}
	return result{}, err
}

// timedOut recognizes a timeout of the runtime, in process and over a socket.
func timedOut(err error) bool {
	var s interface{ GRPCStatus() *status.Status }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &s) && s.GRPCStatus().Code() == codes.DeadlineExceeded
}
