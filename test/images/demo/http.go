package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

const (
	// requestLimit is the most bytes a request's head may have.
	requestLimit = 16 << 10
	// patience is how long one connection may take.
	patience = 10 * time.Second
)

var errTooLarge = errors.New("too large")

// handle answers one request.
func handle(connection net.Conn) {
	_ = connection.SetDeadline(time.Now().Add(patience))
	head, err := readHead(connection)
	if len(head) == 0 {
		return // a probe that only connects
	}
	peer := connection.RemoteAddr().String()
	method, path, ok := parse(head)
	code, body := 400, "bad request\n"
	switch {
	case errors.Is(err, errTooLarge):
		code, body = 431, "request header fields too large\n"
	case err != nil || !ok:
	case method != "GET" && method != "HEAD":
		code, body = 405, "only GET and HEAD\n"
	case path == "/healthz":
		code, body = 200, "ok\n"
	case path == "/":
		code, body = 200, "Hello from pod "+pod()+" on node "+env("NODE_NAME", "unknown")+", version "+version()+".\n"
	default:
		code, body = 404, "not found\n"
	}
	answer := "HTTP/1.0 " + strconv.Itoa(code) + " " + reason(code) + "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " +
		strconv.Itoa(len(body)) + "\r\nConnection: close\r\n\r\n"
	if method != "HEAD" {
		answer += body
	}
	_, _ = io.WriteString(connection, answer)
	if errors.Is(err, errTooLarge) {
		drain(connection)
	}
	say(printable(method) + " " + printable(path) + " " + strconv.Itoa(code) + " " + peer)
}

// drain reads what the peer is still sending: closing on it would reset the connection and take the answer with it.
func drain(connection net.Conn) {
	_ = connection.SetDeadline(time.Now().Add(time.Second))
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
	_, _ = io.CopyN(io.Discard, connection, 1<<20)
}

// readHead reads up to the empty line that ends a request's head.
func readHead(r io.Reader) ([]byte, error) {
	head := make([]byte, 0, 1024)
	buffer := make([]byte, 1024)
	for {
		n, err := r.Read(buffer)
		head = append(head, buffer[:n]...)
		if end := bytes.Index(head, []byte("\r\n\r\n")); end >= 0 {
			return head[:end], nil
		}
		if end := bytes.Index(head, []byte("\n\n")); end >= 0 {
			return head[:end], nil
		}
		if len(head) > requestLimit {
			return head, errTooLarge
		}
		if err != nil {
			return head, err
		}
	}
}

// parse reads the request line: METHOD SP TARGET SP VERSION.
func parse(head []byte) (method, path string, ok bool) {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	fields := strings.Fields(string(line))
	if len(fields) != 3 || !strings.HasPrefix(fields[2], "HTTP/1.") {
		return "", "", false
	}
	target := fields[1]
	// A proxy is asked with the whole address.
	if _, rest, absolute := strings.Cut(target, "://"); absolute && !strings.HasPrefix(target, "/") {
		target = "/"
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			target = rest[i:]
		}
	}
	path, _, _ = strings.Cut(target, "?")
	return fields[0], path, true
}

func reason(code int) string {
	switch code {
	case 200:
		return "OK"
	case 404:
		return "Not Found"
	case 405:
		return "Method Not Allowed"
	case 431:
		return "Request Header Fields Too Large"
	}
	return "Bad Request"
}

// printable keeps a request from writing lines of its own into the log.
func printable(s string) string {
	if s == "" {
		return "-"
	}
	if len(s) > 200 {
		s = s[:200]
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}
