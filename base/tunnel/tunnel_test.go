package tunnel_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"argosy.dev/base/tunnel"
)

// chain is a front server that passes on to a back server, whose end of the connection is given to back.
func chain(t *testing.T, back func(conn net.Conn, in io.Reader)) (front *httptest.Server, passed <-chan error) {
	t.Helper()
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "echo" {
			http.Error(w, "no such protocol", http.StatusTeapot)
			return
		}
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "echo")
		w.WriteHeader(http.StatusSwitchingProtocols)
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		back(conn, buffered.Reader)
	}))
	t.Cleanup(behind.Close)
	results := make(chan error, 1)
	front = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := net.Dial("tcp", behind.Listener.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		out := r.Clone(r.Context())
		out.RequestURI, out.URL.Host = "", behind.Listener.Addr().String()
		refusal, err := tunnel.Pass(w, out, conn)
		if refusal != nil {
			text, _ := io.ReadAll(refusal.Body)
			refusal.Body.Close()
			http.Error(w, string(text), refusal.StatusCode)
		}
		results <- err
	}))
	t.Cleanup(front.Close)
	return front, results
}

// dial upgrades; the answer's head has been read.
func dial(t *testing.T, front *httptest.Server, protocol string) (*net.TCPConn, *bufio.Reader, *http.Response) {
	t.Helper()
	conn, err := net.Dial("tcp", front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "GET /x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n", protocol)
	in := bufio.NewReader(conn)
	answer, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	return conn.(*net.TCPConn), in, answer
}

func TestPassBothWays(t *testing.T) {
	front, passed := chain(t, func(conn net.Conn, in io.Reader) { _, _ = io.Copy(conn, in) })
	conn, in, answer := dial(t, front, "echo")
	if answer.StatusCode != http.StatusSwitchingProtocols || answer.Header.Get("Upgrade") != "echo" {
		t.Fatalf("the answer is %v %v", answer.Status, answer.Header)
	}
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	go func() {
		_, _ = conn.Write(sent)
		_ = conn.CloseWrite()
	}()
	got, err := io.ReadAll(in)
	if err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d bytes came back of %d, error %v", len(got), len(sent), err)
	}
	conn.Close()
	if err := <-passed; err != nil {
		t.Errorf("Pass: %v", err)
	}
}

func TestPassReturnsARefusal(t *testing.T) {
	front, passed := chain(t, nil)
	_, _, answer := dial(t, front, "other")
	body, _ := io.ReadAll(answer.Body)
	if answer.StatusCode != http.StatusTeapot || !strings.Contains(string(body), "no such protocol") {
		t.Errorf("the answer is %s %q", answer.Status, body)
	}
	if err := <-passed; err != nil {
		t.Errorf("Pass: %v", err)
	}
}

// The last words of the server arrive though the client goes on sending what nobody reads.
func TestPassLosesNoLastWords(t *testing.T) {
	last := bytes.Repeat([]byte("end."), 1<<18)
	front, passed := chain(t, func(conn net.Conn, in io.Reader) {
		_, _ = io.CopyN(io.Discard, in, 10)
		_, _ = conn.Write(last)
		_ = conn.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, in)
	})
	conn, in, _ := dial(t, front, "echo")
	flood := make(chan struct{})
	go func() {
		defer close(flood)
		for {
			if _, err := conn.Write(make([]byte, 4096)); err != nil {
				return
			}
		}
	}()
	got, _ := io.ReadAll(in) // a reset after the last byte is no loss
	if !bytes.Equal(got, last) {
		t.Errorf("%d bytes came of %d", len(got), len(last))
	}
	conn.Close()
	<-flood
	<-passed
}

func TestPassEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	mine, theirs := pipe(t)
	go func() {
		_, _ = bufio.NewReader(theirs).ReadString('\n')
		cancel() // and never answer
	}()
	out, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://h/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tunnel.Pass(httptest.NewRecorder(), out, mine); err == nil {
		t.Error("Pass went on after its context had ended")
	}
	if _, err := mine.Write([]byte("x")); err == nil {
		t.Error("the connection is still open")
	}
}

func pipe(t *testing.T) (client, server *net.TCPConn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	c, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); s.Close() })
	return c.(*net.TCPConn), s.(*net.TCPConn)
}

// A peer that closes is noticed though what it sent before is not read.
func TestWatchNoticesWhatNobodyReads(t *testing.T) {
	client, server := pipe(t)
	gone, stop := tunnel.Watch(server)
	defer stop()
	if _, err := client.Write([]byte("unread")); err != nil {
		t.Fatal(err)
	}
	client.Close()
	select {
	case <-gone:
	case <-time.After(30 * time.Second):
		t.Error("a closed peer was not noticed")
	}
}
