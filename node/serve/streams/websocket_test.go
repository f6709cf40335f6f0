package streams_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilexec "k8s.io/utils/exec"

	"argosy.dev/node/serve/streams"
)

func dialWebSocket(t *testing.T, u *url.URL, query, protocol string) *websocket.Conn {
	t.Helper()
	with := *u
	with.Scheme, with.RawQuery = "ws", query
	dialer := websocket.Dialer{HandshakeTimeout: patience}
	if protocol != "" {
		dialer.Subprotocols = []string{protocol}
	}
	conn, _, err := dialer.Dial(with.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if conn.Subprotocol() != protocol {
		t.Fatalf("the subprotocol is %q", conn.Subprotocol())
	}
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	return conn
}

// hear reads until the server says good-bye, and returns what came on each channel. text messages are base64.
func hear(t *testing.T, conn *websocket.Conn) map[byte]string {
	t.Helper()
	got := map[byte]string{}
	for {
		kind, message, err := conn.ReadMessage()
		if websocket.IsCloseError(err, websocket.CloseNormalClosure) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		if kind == websocket.TextMessage {
			plain, err := base64.StdEncoding.DecodeString(string(message[1:]))
			if err != nil {
				t.Fatal(err)
			}
			message = append([]byte{message[0] - '0'}, plain...)
		}
		got[message[0]] += string(message[1:])
	}
}

func echoFive(_ context.Context, c streams.IO) error {
	in := make([]byte, 5)
	if _, err := io.ReadFull(c.Stdin, in); err != nil {
		return err
	}
	fmt.Fprintf(c.Stdout, "out %s", in)
	return utilexec.CodeExitError{Err: fmt.Errorf("code 4"), Code: 4}
}

func TestChannelProtocols(t *testing.T) {
	for protocol, asStatus := range map[string]bool{
		"v5.channel.k8s.io": true, "v4.channel.k8s.io": true, "v4.base64.channel.k8s.io": true,
		"channel.k8s.io": false, "base64.channel.k8s.io": false, "": false,
	} {
		t.Run(protocol, func(t *testing.T) {
			conn := dialWebSocket(t, command(t, echoFive), "input=1&output=1&error=1", protocol)
			var err error
			if slices.Contains([]string{"v4.base64.channel.k8s.io", "base64.channel.k8s.io"}, protocol) {
				err = conn.WriteMessage(websocket.TextMessage, []byte("0"+base64.StdEncoding.EncodeToString([]byte("hello"))))
			} else {
				err = conn.WriteMessage(websocket.BinaryMessage, []byte("\x00hello"))
			}
			if err != nil {
				t.Fatal(err)
			}
			got := hear(t, conn)
			if got[1] != "out hello" {
				t.Errorf("the output is %q", got[1])
			}
			var status metav1.Status
			if err := json.Unmarshal([]byte(got[3]), &status); asStatus != (err == nil) {
				t.Fatalf("the end is %q", got[3])
			}
			if asStatus && (status.Reason != "NonZeroExitCode" || status.Details.Causes[0].Message != "4") {
				t.Errorf("the end is %q", got[3])
			}
		})
	}
}

// Messages in parts, empty ones and ones for channels that nobody has are in order; a broken close message is not.
func TestOddMessages(t *testing.T) {
	t.Run("in parts", func(t *testing.T) {
		conn := dialWebSocket(t, command(t, echoFive), "input=1&output=1", "v5.channel.k8s.io")
		for _, message := range []string{"", "\x09other", "\x04not a size", "\xff\x02"} {
			if err := conn.WriteMessage(websocket.BinaryMessage, []byte(message)); err != nil {
				t.Fatal(err)
			}
		}
		w, err := conn.NextWriter(websocket.BinaryMessage)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"\x00he", string(make([]byte, 0)), "llo"} {
			_, _ = w.Write([]byte(part))
		}
		w.Close()
		if got := hear(t, conn); got[1] != "out hello" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("close of nothing", func(t *testing.T) {
		conn := dialWebSocket(t, command(t, func(ctx context.Context, c streams.IO) error {
			<-ctx.Done()
			return nil
		}), "input=1&output=1", "v5.channel.k8s.io")
		if err := conn.WriteMessage(websocket.BinaryMessage, []byte("\xff")); err != nil {
			t.Fatal(err)
		}
		hear(t, conn)
	})
}

// While a command reads nothing, pings are stuck behind its input; the client is told nevertheless that it is heard.
func TestPongsWithoutPings(t *testing.T) {
	release := make(chan struct{})
	conn := dialWebSocket(t, command(t, func(context.Context, streams.IO) error {
		<-release
		return nil
	}), "input=1&output=1", "v5.channel.k8s.io")
	flood := make(chan struct{})
	go func() {
		defer close(flood)
		for conn.WriteMessage(websocket.BinaryMessage, make([]byte, 32<<10)) == nil {
		}
	}()
	conn.SetPongHandler(func(string) error {
		close(release)
		return nil
	})
	hear(t, conn)
	conn.Close()
	<-flood
}
