package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

func start(t *testing.T) string {
	t.Helper()
	t.Setenv("POD_NAME", "demo-1")
	t.Setenv("NODE_NAME", "here")
	t.Setenv("VERSION", "v7")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go serve(listener)
	return listener.Addr().String()
}

func TestAnswers(t *testing.T) {
	address := start(t)
	for _, tc := range []struct {
		method, path string
		code         int
		body         string
	}{
		{"GET", "/", 200, "Hello from pod demo-1 on node here, version v7.\n"},
		{"GET", "/?x=y", 200, "Hello from pod demo-1 on node here, version v7.\n"},
		{"HEAD", "/", 200, ""},
		{"GET", "/healthz", 200, "ok\n"},
		{"GET", "/nope", 404, "not found\n"},
		{"POST", "/", 405, "only GET and HEAD\n"},
	} {
		request, err := http.NewRequest(tc.method, "http://"+address+tc.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != tc.code || string(body) != tc.body {
			t.Errorf("%s %s: %d %q, %v", tc.method, tc.path, response.StatusCode, body, err)
		}
	}
}

func TestBadRequests(t *testing.T) {
	address := start(t)
	for request, want := range map[string]string{
		"nonsense\r\n\r\n":                      "HTTP/1.0 400 ",
		"GET / HTTP/1.0\n\n":                    "HTTP/1.0 200 ",
		"GET http://x/healthz HTTP/1.1\r\n\r\n": "HTTP/1.0 200 ",
		"GET / HTTP/1.0\r\nX: " + strings.Repeat("x", 2*requestLimit):    "HTTP/1.0 431 ",
		fmt.Sprintf("GET /%s HTTP/1.0\r\n\r\n", strings.Repeat("a", 99)): "HTTP/1.0 404 ",
	} {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(connection, request); err != nil {
			t.Error(err)
		}
		answer := make([]byte, len(want))
		if _, err := io.ReadFull(connection, answer); err != nil || string(answer) != want {
			t.Errorf("%.40q: got %q, %v", request, answer, err)
		}
		connection.Close()
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\nHost: x"))
	f.Add([]byte("GET http://x HTTP/1.0"))
	f.Fuzz(func(t *testing.T, head []byte) {
		method, path, ok := parse(head)
		if ok && (method == "" || path == "" && !strings.Contains(string(head), "?")) {
			t.Errorf("%q: %q %q", head, method, path)
		}
		if line := printable(path); strings.ContainsAny(line, "\n\r\x1b") {
			t.Errorf("%q logs as %q", path, line)
		}
	})
}
