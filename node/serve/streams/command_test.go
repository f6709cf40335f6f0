package streams_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/streaming/pkg/httpstream"
	utilexec "k8s.io/utils/exec"

	"argosy.dev/node/serve/streams"
)

func roundTripper() (http.RoundTripper, spdy.Upgrader, error) {
	return spdy.RoundTripperFor(&rest.Config{})
}

// each runs a test over every protocol.
func each(t *testing.T, run func(ctx context.Context, client streams.IO) error, test func(t *testing.T, name string, stream func(ctx context.Context, o remotecommand.StreamOptions) error)) {
	for name, executor := range executors {
		t.Run(name, func(t *testing.T) {
			u := command(t, run)
			test(t, name, func(ctx context.Context, o remotecommand.StreamOptions) error {
				e, err := executor(ask(u, o))
				if err != nil {
					t.Fatal(err)
				}
				return e.StreamWithContext(ctx, o)
			})
		})
	}
}

// tellsInputsEnd tells whether a protocol has a word for it.
func tellsInputsEnd(name string) bool { return name != "WebSocket v4" && name != "SPDY v1" }

// losesErrors: the first version's client may take the end of the output for a good end. kubernetes/kubernetes#13394, #13395.
func losesErrors(name string) bool { return name == "SPDY v1" }

// tellsCodes tells whether a protocol tells exit codes.
func tellsCodes(name string) bool {
	return name == "SPDY" || strings.HasPrefix(name, "WebSocket")
}

func TestStreamsAreKeptApart(t *testing.T) {
	each(t, func(_ context.Context, c streams.IO) error {
		in := make([]byte, 5)
		if _, err := io.ReadFull(c.Stdin, in); err != nil {
			return err
		}
		fmt.Fprintf(c.Stdout, "out %s", in)
		fmt.Fprintf(c.Stderr, "err %s", in)
		return nil
	}, func(t *testing.T, _ string, stream func(context.Context, remotecommand.StreamOptions) error) {
		var out, errOut bytes.Buffer
		err := stream(t.Context(), remotecommand.StreamOptions{Stdin: strings.NewReader("hello"), Stdout: &out, Stderr: &errOut})
		if err != nil || out.String() != "out hello" || errOut.String() != "err hello" {
			t.Errorf("got %q, %q, %v", out.String(), errOut.String(), err)
		}
	})
}

func TestStreamsThatAreNotWantedAreNil(t *testing.T) {
	each(t, func(_ context.Context, c streams.IO) error {
		if c.Stdin != nil || c.Stderr != nil || c.Resize == nil || c.TTY {
			return fmt.Errorf("the streams are %+v", c)
		}
		_, err := c.Stdout.Write([]byte("ok"))
		return err
	}, func(t *testing.T, _ string, stream func(context.Context, remotecommand.StreamOptions) error) {
		var out bytes.Buffer
		if err := stream(t.Context(), remotecommand.StreamOptions{Stdout: &out}); err != nil || out.String() != "ok" {
			t.Errorf("got %q, %v", out.String(), err)
		}
	})
}

func TestExitCodes(t *testing.T) {
	each(t, func(_ context.Context, c streams.IO) error {
		fmt.Fprint(c.Stdout, "last words")
		return utilexec.CodeExitError{Err: errors.New("command terminated with exit code 42"), Code: 42}
	}, func(t *testing.T, name string, stream func(context.Context, remotecommand.StreamOptions) error) {
		// The first version's client comes back on the error, and may still be copying the output.
		output, stdout := io.Pipe()
		heard := make(chan string, 1)
		go func() {
			words := make([]byte, len("last words"))
			n, _ := io.ReadFull(output, words)
			heard <- string(words[:n])
		}()
		err := stream(t.Context(), remotecommand.StreamOptions{Stdout: stdout})
		if out := <-heard; err == nil && !losesErrors(name) || out != "last words" {
			t.Fatalf("got %q, %v", out, err)
		}
		var exit utilexec.ExitError
		if tellsCodes(name) && (!errors.As(err, &exit) || exit.ExitStatus() != 42) {
			t.Errorf("the error is %#v", err)
		}
	})
}

func TestErrorsAreTold(t *testing.T) {
	each(t, func(context.Context, streams.IO) error { return errors.New("no such file") },
		func(t *testing.T, name string, stream func(context.Context, remotecommand.StreamOptions) error) {
			err := stream(t.Context(), remotecommand.StreamOptions{Stdout: io.Discard})
			if losesErrors(name) {
				return
			}
			if err == nil || !strings.Contains(err.Error(), "no such file") {
				t.Errorf("the error is %v", err)
			}
		})
}

// What cp and pipes do: much data each way, with the end of the input told.
func TestMuchDataBothWays(t *testing.T) {
	const size = 24 << 20
	each(t, func(_ context.Context, c streams.IO) error {
		_, err := io.CopyN(c.Stdout, c.Stdin, size)
		if err != nil {
			return err
		}
		rest, err := io.ReadAll(c.Stdin)
		if err != nil || len(rest) > 0 {
			return fmt.Errorf("%d bytes too many, error %w", len(rest), err)
		}
		return nil
	}, func(t *testing.T, name string, stream func(context.Context, remotecommand.StreamOptions) error) {
		if !tellsInputsEnd(name) {
			t.Skip("the protocol has no word for the end of the input")
		}
		sent, got := sha256.New(), sha256.New()
		in := io.TeeReader(io.LimitReader(rand.NewChaCha8([32]byte{1}), size), sent)
		if err := stream(t.Context(), remotecommand.StreamOptions{Stdin: in, Stdout: got}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(sent.Sum(nil), got.Sum(nil)) {
			t.Error("what came back is not what was sent")
		}
	})
}

// A command may end while much of its input is still under way: its output and its code arrive all the same.
func TestInputThatNobodyReads(t *testing.T) {
	each(t, func(_ context.Context, c streams.IO) error {
		if _, err := io.CopyN(c.Stdout, c.Stdin, 10); err != nil {
			return err
		}
		return utilexec.CodeExitError{Err: errors.New("code 3"), Code: 3}
	}, func(t *testing.T, name string, stream func(context.Context, remotecommand.StreamOptions) error) {
		if losesErrors(name) {
			t.Skip("the protocol's first version loses output, or how it ended")
		}
		in := endless{make(chan struct{})}
		defer close(in.closed)
		var out bytes.Buffer
		err := stream(t.Context(), remotecommand.StreamOptions{Stdin: in, Stdout: &out})
		var exit utilexec.ExitError
		if out.Len() != 10 || err == nil || tellsCodes(name) && !errors.As(err, &exit) {
			t.Errorf("got %d bytes, %v", out.Len(), err)
		}
	})
}

type sizeQueue chan remotecommand.TerminalSize

func (q sizeQueue) Next() *remotecommand.TerminalSize {
	size, ok := <-q
	if !ok {
		return nil
	}
	return &size
}

func TestTerminalSizes(t *testing.T) {
	each(t, func(_ context.Context, c streams.IO) error {
		if !c.TTY || c.Stderr != nil {
			return fmt.Errorf("the streams are %+v", c)
		}
		for range 2 {
			size := <-c.Resize
			fmt.Fprintf(c.Stdout, "%dx%d ", size.Width, size.Height)
		}
		return nil
	}, func(t *testing.T, name string, stream func(context.Context, remotecommand.StreamOptions) error) {
		if name == "SPDY v1" || name == "SPDY v2" {
			t.Skip("the protocol does not tell sizes")
		}
		sizes := make(sizeQueue, 1)
		sizes <- remotecommand.TerminalSize{Width: 80, Height: 24}
		out := &watched{say: map[string]func(){"80x24 ": func() { sizes <- remotecommand.TerminalSize{Width: 132, Height: 50} }}}
		in, feed := io.Pipe()
		defer feed.Close()
		err := stream(t.Context(), remotecommand.StreamOptions{Stdin: in, Stdout: out, Tty: true, TerminalSizeQueue: sizes})
		close(sizes)
		if err != nil || out.String() != "80x24 132x50 " {
			t.Errorf("got %q, %v", out.String(), err)
		}
	})
}

// watched calls a function when what was written so far is its key.
type watched struct {
	so  bytes.Buffer
	say map[string]func()
}

func (w *watched) String() string { return w.so.String() }

func (w *watched) Write(p []byte) (int, error) {
	n, err := w.so.Write(p)
	if f := w.say[w.String()]; f != nil {
		f()
	}
	return n, err
}

// When the client goes, the command's context ends, its input too, and its output goes nowhere.
func TestClientGoes(t *testing.T) {
	ended := make(chan error, 1)
	each(t, func(ctx context.Context, c streams.IO) error {
		fmt.Fprint(c.Stdout, "here")
		err := func() error {
			select {
			case <-ctx.Done():
			case <-time.After(patience):
				return errors.New("the context goes on")
			}
			if _, err := io.ReadAll(c.Stdin); err != nil {
				return fmt.Errorf("reading the input: %w", err)
			}
			for range 100 {
				if _, err := c.Stdout.Write(make([]byte, 64<<10)); err != nil {
					return fmt.Errorf("writing output: %w", err)
				}
			}
			return nil
		}()
		ended <- err
		return err
	}, func(t *testing.T, _ string, stream func(context.Context, remotecommand.StreamOptions) error) {
		ctx, cancel := context.WithCancel(t.Context())
		in, feed := io.Pipe()
		defer feed.Close()
		out := &watched{say: map[string]func(){"here": cancel}}
		_ = stream(ctx, remotecommand.StreamOptions{Stdin: in, Stdout: out})
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestRefusals(t *testing.T) {
	u := command(t, func(context.Context, streams.IO) error { return nil })
	for name, c := range map[string]struct {
		query  string
		header http.Header
		code   int
		text   string
	}{
		"no streams":         {"", nil, http.StatusBadRequest, "at least 1 of stdin, stdout, stderr"},
		"no upgrade":         {"output=1", nil, http.StatusBadRequest, "SPDY/3.1"},
		"no version":         {"output=1", http.Header{"Connection": {"Upgrade"}, "Upgrade": {"SPDY/3.1"}}, http.StatusBadRequest, httpstream.HeaderProtocolVersion},
		"no known version":   {"output=1", http.Header{"Connection": {"Upgrade"}, "Upgrade": {"SPDY/3.1"}, httpstream.HeaderProtocolVersion: {"v9"}}, http.StatusForbidden, "v4.channel.k8s.io"},
		"no known WebSocket": {"output=1", webSocket("v9"), http.StatusBadRequest, "v5.channel.k8s.io"},
	} {
		t.Run(name, func(t *testing.T) {
			with := *u
			with.RawQuery = c.query
			r, err := http.NewRequest(http.MethodGet, with.String(), nil)
			if err != nil {
				t.Fatal(err)
			}
			for key, values := range c.header {
				r.Header[http.CanonicalHeaderKey(key)] = values
			}
			answer, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, _ := io.ReadAll(answer.Body)
			if answer.StatusCode != c.code || !strings.Contains(string(body), c.text) {
				t.Errorf("the answer is %s %q", answer.Status, body)
			}
		})
	}
}

func webSocket(protocol string) http.Header {
	return http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"},
		"Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}, "Sec-Websocket-Protocol": {protocol}}
}
