package streams_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/streaming/pkg/httpstream"

	"argosy.dev/node/serve/streams"
)

var dialers = map[string]func(u *url.URL) (httpstream.Dialer, error){
	"SPDY": func(u *url.URL) (httpstream.Dialer, error) {
		transport, upgrader, err := spdy.RoundTripperFor(&rest.Config{})
		if err != nil {
			return nil, err
		}
		return spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: transport}, http.MethodPost, u), nil
	},
	"WebSocket": func(u *url.URL) (httpstream.Dialer, error) {
		return portforward.NewSPDYOverWebsocketDialerForStreaming(u, &rest.Config{})
	},
}

// forward runs client-go's port forwarder over each protocol; test gets the address of a local port that is forwarded to port 80.
func forward(t *testing.T, dial streams.Dial, test func(t *testing.T, address string, stop func())) {
	for name, newDialer := range dialers {
		t.Run(name, func(t *testing.T) {
			u := serve(t, func(w http.ResponseWriter, r *http.Request) { streams.Forward(w, r, dial) })
			dialer, err := newDialer(u)
			if err != nil {
				t.Fatal(err)
			}
			stop, ready := make(chan struct{}), make(chan struct{})
			forwarder, err := portforward.NewOnAddressesForStreaming(dialer, []string{"127.0.0.1"}, []string{"0:80"}, stop, ready, io.Discard, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- forwarder.ForwardPorts() }()
			select {
			case <-ready:
			case err := <-ended:
				t.Fatal(err)
			}
			ports, err := forwarder.GetPorts()
			if err != nil {
				t.Fatal(err)
			}
			end := sync.OnceFunc(func() { close(stop) })
			test(t, net.JoinHostPort("127.0.0.1", strconv.Itoa(int(ports[0].Local))), end)
			end()
			<-ended
		})
	}
}

func connect(t *testing.T, address string) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	return conn.(*net.TCPConn)
}

func echo(_ context.Context, port int32, stream io.ReadWriteCloser) error {
	if port != 80 {
		return fmt.Errorf("the port is %d", port)
	}
	_, err := io.Copy(stream, stream)
	return err
}

func TestForwardManyAtOnce(t *testing.T) {
	forward(t, echo, func(t *testing.T, address string, _ func()) {
		var group sync.WaitGroup
		for i := range 20 {
			conn := connect(t, address)
			group.Go(func() {
				sent, got := sha256.New(), sha256.New()
				group.Go(func() {
					in := io.TeeReader(io.LimitReader(rand.NewChaCha8([32]byte{byte(i)}), 1<<20), sent)
					_, _ = io.Copy(conn, in)
					_ = conn.CloseWrite()
				})
				if n, err := io.Copy(got, conn); err != nil || n != 1<<20 || !bytes.Equal(got.Sum(nil), sent.Sum(nil)) {
					t.Errorf("connection %d: %d bytes came back, error %v", i, n, err)
				}
			})
		}
		group.Wait()
	})
}

func TestForwardTellsErrors(t *testing.T) {
	for name, newDialer := range dialers {
		t.Run(name, func(t *testing.T) {
			u := serve(t, func(w http.ResponseWriter, r *http.Request) {
				streams.Forward(w, r, func(context.Context, int32, io.ReadWriteCloser) error { return errors.New("connection refused") })
			})
			conn := dialForward(t, newDialer, u)
			defer conn.Close()
			_, fault := open(t, conn, "1", "80")
			text, err := io.ReadAll(fault)
			if err != nil || string(text) != "error forwarding port 80: connection refused" {
				t.Errorf("got %q, %v", text, err)
			}
		})
	}
}

func dialForward(t *testing.T, newDialer func(u *url.URL) (httpstream.Dialer, error), u *url.URL) httpstream.Connection {
	t.Helper()
	dialer, err := newDialer(u)
	if err != nil {
		t.Fatal(err)
	}
	conn, protocol, err := dialer.Dial(portforward.PortForwardProtocolV1Name)
	if err != nil {
		t.Fatal(err)
	}
	if protocol != portforward.PortForwardProtocolV1Name {
		t.Errorf("the protocol is %q", protocol)
	}
	return conn
}

func open(t *testing.T, conn httpstream.Connection, id, port string) (data, fault httpstream.Stream) {
	t.Helper()
	for _, kind := range []string{"error", "data"} {
		headers := http.Header{"Streamtype": {kind}, "Port": {port}}
		if id != "" {
			headers.Set("requestID", id)
		}
		stream, err := conn.CreateStream(headers)
		if err != nil {
			t.Fatal(err)
		}
		if kind == "data" {
			data = stream
		} else {
			fault = stream
			_ = stream.Close()
		}
	}
	return data, fault
}

// Clients that number no requests are understood, and streams that make no sense are reset without harm to others.
func TestForwardOddStreams(t *testing.T) {
	u := serve(t, func(w http.ResponseWriter, r *http.Request) { streams.Forward(w, r, echo) })
	conn := dialForward(t, dialers["SPDY"], u)
	defer conn.Close()
	for _, headers := range []http.Header{
		{"Streamtype": {"data"}, "Port": {"0"}, "Requestid": {"7"}},
		{"Streamtype": {"data"}, "Port": {"80000"}, "Requestid": {"7"}},
		{"Streamtype": {"other"}, "Port": {"80"}, "Requestid": {"7"}},
		{"Port": {"80"}},
	} {
		stream, err := conn.CreateStream(headers)
		if err != nil {
			continue // reset before it was accepted
		}
		if n, err := stream.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("a stream with the headers %v is answered", headers)
		}
	}
	for _, id := range []string{"", "", "named"} {
		data, fault := open(t, conn, id, "80")
		if _, err := data.Write([]byte("hello")); err != nil {
			t.Fatal(err)
		}
		_ = data.Close()
		got, err := io.ReadAll(data)
		problem, _ := io.ReadAll(fault)
		if err != nil || string(got) != "hello" || len(problem) > 0 {
			t.Errorf("got %q, %v, %q", got, err, problem)
		}
	}
}

// When the client goes, connections into the pod end; when only one of its connections is given up, only that one does.
func TestForwardClientGoes(t *testing.T) {
	began, ended := make(chan int32, 10), make(chan error, 10)
	dial := func(ctx context.Context, port int32, stream io.ReadWriteCloser) error {
		began <- port
		if port == 81 {
			_, err := io.ReadAll(stream) // given up, not just at its end
			ended <- err
			return nil
		}
		<-ctx.Done()
		_, err := stream.Write([]byte("x"))
		ended <- err
		return nil
	}
	for name, newDialer := range dialers {
		t.Run(name, func(t *testing.T) {
			u := serve(t, func(w http.ResponseWriter, r *http.Request) { streams.Forward(w, r, dial) })
			conn := dialForward(t, newDialer, u)
			open(t, conn, "1", "80")
			<-began
			data, _ := open(t, conn, "2", "81")
			<-began
			if err := data.Reset(); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; err == nil {
				t.Error("a connection that was given up seemed to be at its end")
			}
			_ = conn.Close()
			<-ended
		})
	}
}

func TestForwardOverChannels(t *testing.T) {
	dial := func(ctx context.Context, port int32, stream io.ReadWriteCloser) error {
		if port == 81 {
			return errors.New("connection refused")
		}
		in := make([]byte, 5)
		if _, err := io.ReadFull(stream, in); err != nil {
			return err
		}
		_, err := fmt.Fprintf(stream, "echo %s", in)
		return err
	}
	u := serve(t, func(w http.ResponseWriter, r *http.Request) { streams.Forward(w, r, dial) })
	conn := dialWebSocket(t, u, "port=80&port=81", "v4.channel.k8s.io")
	if err := conn.WriteMessage(2, []byte("\x00hello")); err != nil {
		t.Fatal(err)
	}
	got := hear(t, conn)
	for channel, want := range map[byte]string{0: "\x50\x00echo hello", 1: "\x50\x00", 2: "\x51\x00", 3: "\x51\x00error forwarding port 81: connection refused"} {
		if got[channel] != want {
			t.Errorf("on channel %d came %q", channel, got[channel])
		}
	}
	for _, query := range []string{"port=0", "port=x", "port=80,", "port=" + strings.Repeat("80,", 200) + "80"} {
		with := *u
		with.RawQuery = query
		r, _ := http.NewRequest(http.MethodGet, with.String(), nil)
		r.Header = webSocket("v4.channel.k8s.io")
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusBadRequest {
			t.Errorf("%.20s is answered with %s", query, answer.Status)
		}
	}
}
