package streams

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

// Options are the streams that a client of exec or attach wants.
type Options struct{ Stdin, Stdout, Stderr, TTY bool }

// ParseOptions reads the parameters input, output, error and tty, which are "1" for yes.
func ParseOptions(q url.Values) (Options, error) {
	yes := func(name string) bool { return q.Get(name) == "1" }
	o := Options{Stdin: yes(remotecommand.ExecStdinParam), Stdout: yes(remotecommand.ExecStdoutParam),
		Stderr: yes(remotecommand.ExecStderrParam), TTY: yes(remotecommand.ExecTTYParam)}
	if o.TTY {
		o.Stderr = false // a terminal has one output
	}
	if !o.Stdin && !o.Stdout && !o.Stderr {
		return o, errors.New("you must specify at least 1 of stdin, stdout, stderr")
	}
	return o, nil
}

// IO is what a client is to a command. Streams that it did not ask for are nil.
type IO struct {
	Stdin          io.Reader
	Stdout, Stderr io.WriteCloser
	TTY            bool
	// Resize tells the terminal's size as it changes, the newest only, and is closed at the end; never nil.
	Resize <-chan remotecommand.TerminalSize
}

// Command upgrades the connection, calls run and tells the client how it ended: well, with the code of an [utilexec.ExitError], or with an error. run's
// context ends when the client is gone or the request's context ends. After the client has gone stdin ends, and output goes nowhere.
func Command(w http.ResponseWriter, r *http.Request, o Options, run func(ctx context.Context, client IO) error) {
	var c *command
	if isWebSocket(r) {
		c = commandOverWebSocket(w, r, o)
	} else {
		c = commandOverSPDY(w, r, o)
	}
	if c == nil {
		return // refused
	}
	client := IO{TTY: o.TTY, Resize: c.sizes.ch}
	if o.Stdin {
		client.Stdin = c.stdin
	}
	if o.Stdout {
		client.Stdout = &output{WriteCloser: c.stdout}
	}
	if o.Stderr {
		client.Stderr = &output{WriteCloser: c.stderr}
	}
	err := run(c.session.ctx, client)
	c.tell(status(err))
	c.sizes.close()
	c.finish()
}

// command is a client that is ready, over whatever protocol.
type command struct {
	session        *session
	stdin          io.Reader
	stdout, stderr io.WriteCloser
	sizes          *sizes
	tell           func(metav1.Status)
	// finish closes everything and waits for the protocol's goroutines.
	finish func()
}

// status is the end of a command as the protocols tell it.
func status(err error) metav1.Status {
	var exit utilexec.ExitError
	switch {
	case err == nil:
		return metav1.Status{Status: metav1.StatusSuccess}
	case errors.As(err, &exit) && exit.Exited():
		return metav1.Status{
			Status: metav1.StatusFailure, Reason: remotecommand.NonZeroExitCodeReason,
			Message: fmt.Sprintf("command terminated with non-zero exit code: %v", err),
			Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{{
				Type: remotecommand.ExitCodeCauseType, Message: strconv.Itoa(exit.ExitStatus())}}},
		}
	}
	return metav1.Status{Status: metav1.StatusFailure, Reason: metav1.StatusReasonInternalError,
		Message: "Internal error occurred: " + err.Error(), Code: http.StatusInternalServerError}
}

// output swallows what a client that is gone cannot get any more, so that a command can come to its end.
type output struct {
	io.WriteCloser
	mu     sync.Mutex
	broken bool
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.broken {
		_, err := o.WriteCloser.Write(p)
		o.broken = err != nil
	}
	return len(p), nil
}

// sizes hands on a terminal's newest size.
type sizes struct {
	mu     sync.Mutex
	ch     chan remotecommand.TerminalSize
	closed bool
}

func newSizes() *sizes { return &sizes{ch: make(chan remotecommand.TerminalSize, 1)} }

func (s *sizes) set(size remotecommand.TerminalSize) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	select {
	case <-s.ch: // out of date
	default:
	}
	s.ch <- size
}

func (s *sizes) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	close(s.ch)
}
