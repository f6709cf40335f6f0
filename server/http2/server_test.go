package http2_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"argosy.dev/server/http2"
)

// serve starts a server and returns its address, and a client of net/http for it.
func serve(t testing.TB, o http2.Options, h http.HandlerFunc) (address string, client *http.Client, server *http.Server) {
	t.Helper()
	stand := httptest.NewUnstartedServer(nil) // for its certificate
	stand.StartTLS()
	certificates, trusted := stand.TLS.Certificates, stand.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	stand.Close()

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	server = &http.Server{Handler: h, TLSConfig: &tls.Config{Certificates: certificates}, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	http2.New(o).Attach(server)
	ended := make(chan error, 1)
	go func() { ended <- server.ServeTLS(http2.Listen(l), "", "") }()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}, ForceAttemptHTTP2: true}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			t.Errorf("shutting down: %v", err)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return l.Addr().String(), &http.Client{Transport: transport}, server
}

func do(t testing.TB, c *http.Client, method, url string, body io.Reader) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

func TestAnswers(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB
	address, client, _ := serve(t, http2.Options{}, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/echo":
			w.Header().Set("X-Length", fmt.Sprint(r.ContentLength))
			_, _ = io.Copy(w, r.Body)
		case "/big":
			_, _ = io.WriteString(w, big)
		case "/sized":
			w.Header().Set("Content-Length", fmt.Sprint(len(big)))
			_, _ = io.WriteString(w, big[:10])
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, big[10:])
		case "/empty":
		case "/none":
			w.WriteHeader(http.StatusNoContent)
			if _, err := w.Write([]byte("x")); !errors.Is(err, http.ErrBodyNotAllowed) {
				t.Errorf("a body beside 204: %v", err)
			}
		case "/late":
			w.Header().Set("A", "before")
			w.WriteHeader(http.StatusTeapot)
			w.Header().Set("A", "after")
		case "/trailers":
			w.Header().Set("Trailer", "After")
			_, _ = io.WriteString(w, "body")
			w.Header().Set("After", "all")
			w.Header().Set(http.TrailerPrefix+"More", "too")
		case "/who":
			fmt.Fprint(w, r.Proto, " ", r.Host, " ", r.TLS != nil, " ", r.RemoteAddr != "", " ", r.Header["Many"])
		case "/early":
			w.Header().Set("Link", "</style>")
			w.WriteHeader(http.StatusEarlyHints)
			_, _ = io.WriteString(w, "late")
		case "/long":
			w.Header().Set("Content-Length", "3")
			if _, err := io.WriteString(w, "long"); !errors.Is(err, http.ErrContentLength) {
				t.Errorf("more than was announced: %v", err)
			}
			_, _ = io.WriteString(w, "lon")
		}
	})
	base := "https://" + address
	tests := []struct {
		method, path, body string
		code               int
		want               string
		header             map[string]string
	}{
		{method: "POST", path: "/echo", body: "hello", want: "hello", header: map[string]string{"X-Length": "5", "Content-Length": "5"}},
		{method: "PUT", path: "/echo", body: big, want: big, header: map[string]string{"Content-Length": ""}},
		{method: "GET", path: "/big", want: big, header: map[string]string{"Content-Type": "text/plain; charset=utf-8"}},
		{method: "GET", path: "/sized", want: big, header: map[string]string{"Content-Length": "1048576"}},
		{method: "GET", path: "/empty", header: map[string]string{"Content-Length": "0"}},
		{method: "GET", path: "/none", code: 204, header: map[string]string{"Content-Length": ""}},
		{method: "GET", path: "/late", code: 418, header: map[string]string{"A": "before"}},
		{method: "HEAD", path: "/big", header: map[string]string{"Content-Length": "1048576"}},
		{method: "GET", path: "/early", want: "late"},
	}
	for _, tt := range tests {
		t.Run(tt.method+tt.path, func(t *testing.T) {
			var body io.Reader
			if tt.body != "" {
				body = strings.NewReader(tt.body)
			}
			answer, got := do(t, client, tt.method, base+tt.path, body)
			if tt.code == 0 {
				tt.code = 200
			}
			if answer.ProtoMajor != 2 || answer.StatusCode != tt.code || got != tt.want {
				t.Errorf("HTTP/%d, code %d, %d bytes; want HTTP/2, %d, %d", answer.ProtoMajor, answer.StatusCode, len(got), tt.code, len(tt.want))
			}
			for name, want := range tt.header {
				if got := answer.Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if _, err := http.ParseTime(answer.Header.Get("Date")); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("trailers", func(t *testing.T) {
		answer, got := do(t, client, "GET", base+"/trailers", nil)
		if got != "body" || answer.Trailer.Get("After") != "all" || answer.Trailer.Get("More") != "too" {
			t.Errorf("%q, trailers %v", got, answer.Trailer)
		}
	})
	t.Run("request", func(t *testing.T) {
		r, _ := http.NewRequestWithContext(t.Context(), "GET", base+"/who", nil)
		r.Host, r.Header = "somebody", http.Header{"Many": {"a", "b"}}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if got, _ := io.ReadAll(answer.Body); string(got) != "HTTP/2.0 somebody true true [a b]" {
			t.Errorf("%q", got)
		}
	})
	t.Run("a length that is not kept", func(t *testing.T) {
		answer, got := do(t, client, "GET", base+"/long", nil)
		if answer.StatusCode != 200 || got != "lon" {
			t.Errorf("%d %q", answer.StatusCode, got)
		}
	})
}

// Bodies flow both ways at once, at the pace of who reads.
func TestBothWaysAtOnce(t *testing.T) {
	address, client, _ := serve(t, http2.Options{}, func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		buffer := make([]byte, 1000)
		for {
			n, err := r.Body.Read(buffer)
			_, _ = w.Write(bytes.ToUpper(buffer[:n]))
			w.(http.Flusher).Flush()
			if err != nil {
				return
			}
		}
	})
	reader, writer := io.Pipe()
	r, _ := http.NewRequestWithContext(t.Context(), "POST", "https://"+address, reader)
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	for i := range 100 {
		word := fmt.Sprintf("word %d ", i)
		if _, err := io.WriteString(writer, word); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(word))
		if _, err := io.ReadFull(answer.Body, got); err != nil || string(got) != strings.ToUpper(word) {
			t.Fatalf("%q, %v; want %q", got, err, strings.ToUpper(word))
		}
	}
	writer.Close()
	if rest, err := io.ReadAll(answer.Body); err != nil || len(rest) != 0 {
		t.Errorf("after the end: %q, %v", rest, err)
	}
}

func TestManyAtOnce(t *testing.T) {
	address, client, _ := serve(t, http2.Options{Streams: 100}, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		for range 3 {
			_, _ = w.Write(body)
		}
	})
	var all sync.WaitGroup
	for worker := range 64 {
		all.Go(func() {
			for i := range 30 {
				body := strings.Repeat(fmt.Sprintf("%d-%d ", worker, i), 1+(worker*i)%5000)
				r, _ := http.NewRequest("POST", "https://"+address, strings.NewReader(body))
				answer, err := client.Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				got, err := io.ReadAll(answer.Body)
				answer.Body.Close()
				if err != nil || string(got) != strings.Repeat(body, 3) {
					t.Errorf("%d bytes for %d, %v", len(got), len(body), err)
				}
			}
		})
	}
	all.Wait()
}

// A handler that breaks off is seen as that, and the connection goes on.
func TestBrokenHandlers(t *testing.T) {
	var log bytes.Buffer
	address, client, _ := serve(t, http2.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/abort":
			_, _ = io.WriteString(w, "x")
			panic(http.ErrAbortHandler)
		case "/panic":
			panic("what")
		case "/short":
			w.Header().Set("Content-Length", "5")
			_, _ = io.WriteString(w, "abc")
		}
	})
	for _, path := range []string{"/abort", "/panic", "/short"} {
		answer, err := client.Get("https://" + address + path)
		if err == nil {
			_, err = io.ReadAll(answer.Body)
			answer.Body.Close()
		}
		if err == nil {
			t.Errorf("%s looks whole", path)
		}
	}
	if answer, _ := do(t, client, "GET", "https://"+address+"/fine", nil); answer.StatusCode != 200 {
		t.Error("the connection does not go on")
	}
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), "cause=what") {
		t.Errorf("logged: %s", &log)
	}
}

func TestDeadlinesOfAStream(t *testing.T) {
	told := make(chan error, 2)
	address, client, _ := serve(t, http2.Options{}, func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		switch r.URL.Path {
		case "/read":
			if err := control.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
				t.Error(err)
			}
			_, err := r.Body.Read(make([]byte, 1))
			told <- err
		case "/write":
			if err := control.SetWriteDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
				t.Error(err)
			}
			var err error
			for err == nil {
				_, err = w.Write(make([]byte, 64<<10))
			}
			told <- err
		}
	})
	reader, writer := io.Pipe()
	defer writer.Close()
	answer, err := client.Post("https://"+address+"/read", "text/plain", reader)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	answer, err = client.Get("https://" + address + "/write") // and does not read
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-told; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%v, want the deadline exceeded", err)
		}
	}
	if _, err := io.ReadAll(answer.Body); err == nil {
		t.Error("an answer that broke off looks whole")
	}
	answer.Body.Close()
}

// The client goes: the handler's context ends, and so does what it waits for.
func TestCancelledRequests(t *testing.T) {
	began, ended := make(chan struct{}), make(chan error, 1)
	address, client, _ := serve(t, http2.Options{}, func(w http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
		_, err := w.Write(make([]byte, 10000))
		ended <- err
	})
	ctx, cancel := context.WithCancel(t.Context())
	r, _ := http.NewRequestWithContext(ctx, "GET", "https://"+address, nil)
	go func() {
		<-began
		cancel()
	}()
	if _, err := client.Do(r); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Error("it could write to a stream that is over")
	}
}

// At a graceful end requests that run are finished, and new ones go elsewhere.
func TestShutdownLetsRequestsEnd(t *testing.T) {
	began, finish := make(chan struct{}), make(chan struct{})
	address, client, server := serve(t, http2.Options{}, func(w http.ResponseWriter, r *http.Request) {
		close(began)
		<-finish
		_, _ = io.WriteString(w, "done")
	})
	got := make(chan string, 1)
	go func() {
		answer, err := client.Get("https://" + address)
		if err != nil {
			got <- err.Error()
			return
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		got <- string(text)
	}()
	<-began
	down := make(chan error, 1)
	go func() { down <- server.Shutdown(context.Background()) }()
	for {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			continue
		}
		break // nobody listens any more
	}
	close(finish)
	if text := <-got; text != "done" {
		t.Errorf("the request that ran: %q", text)
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
}
