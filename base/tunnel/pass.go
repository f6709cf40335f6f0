package tunnel

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	// answerWithin bounds how long the other side may think about an upgrade.
	answerWithin = 30 * time.Second
	// Linger is how long one side may still be heard after the other has ended.
	Linger = 10 * time.Second
)

// Pass sends the upgrade request out over conn and, where the other side takes it, copies between it and w's client until both are done. conn is
// closed in any case. A refusal, which is any answer but 101, is returned for the caller to pass on; its body must be closed. An error
// means that nothing was written to w. After an upgrade both are nil.
func Pass(w http.ResponseWriter, out *http.Request, conn net.Conn) (refusal *http.Response, err error) {
	kept := false
	defer func() {
		if !kept {
			conn.Close()
		}
	}()
	stop := context.AfterFunc(out.Context(), func() { setDeadlines(time.Unix(1, 0), conn) })
	defer stop()
	setDeadlines(time.Now().Add(answerWithin), conn)
	if err := out.Write(conn); err != nil {
		return nil, fmt.Errorf("sending the request: %w", err)
	}
	answers := bufio.NewReader(conn)
	answer, err := http.ReadResponse(answers, out)
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		kept = true
		answer.Body = &closesBoth{answer.Body, conn}
		return answer, nil
	}
	client, early, err := TakeOver(w)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	if !stop() {
		return nil, nil // the context ended; there is nobody to tell
	}
	setDeadlines(time.Time{}, conn)
	var head bytes.Buffer
	head.WriteString("HTTP/1.1 101 Switching Protocols\r\n")
	_ = answer.Header.Write(&head) // memory does not fail
	head.WriteString("\r\n")
	if _, err := client.Write(head.Bytes()); err != nil {
		return nil, nil
	}
	join(out.Context(), client, early, conn, answers)
	return nil, nil
}

// TakeOver takes a request's connection from the HTTP server. It is read through in, which gives what the server had read already first: not
// through the server's own reader, which would end the request's context with the client's last word.
func TakeOver(w http.ResponseWriter) (conn net.Conn, in io.Reader, err error) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, nil, fmt.Errorf("taking the client's connection over: %w", err)
	}
	setDeadlines(time.Time{}, conn) // the HTTP server's
	early, _ := buffered.Reader.Peek(buffered.Reader.Buffered())
	return conn, io.MultiReader(bytes.NewReader(early), conn), nil
}

type closesBoth struct {
	io.ReadCloser
	conn net.Conn
}

func (c *closesBoth) Close() error {
	err := c.ReadCloser.Close()
	c.conn.Close()
	return err
}

// join copies both ways until the client is gone or the server has said everything. The last bytes of a side that ends must not be lost because
// something is unread from the other: whoever ends is still listened to for a while.
func join(ctx context.Context, client net.Conn, fromClient io.Reader, server net.Conn, fromServer io.Reader) {
	left, said := make(chan struct{}), make(chan struct{}) // by the client; by the server
	go func() {
		defer close(left)
		_, err := io.Copy(server, fromClient)
		_ = closeWrite(server)
		if err != nil {
			// Perhaps it is the server that hears no more, and what it said last is still under way.
			_, _ = io.Copy(io.Discard, fromClient)
		}
	}()
	go func() {
		defer close(said)
		_, _ = io.Copy(client, fromServer)
		_ = closeWrite(client)
	}()
	gone, stop := Watch(client)
	defer stop()
	select {
	case <-left:
		setDeadlines(time.Now().Add(Linger), client, server)
	case <-said:
		setDeadlines(time.Now().Add(Linger), client, server)
	case <-gone:
		abandon(client)
		abandon(server)
	case <-ctx.Done():
		setDeadlines(time.Unix(1, 0), client, server)
	}
	<-left
	<-said
	server.Close()
}

func setDeadlines(t time.Time, conns ...net.Conn) {
	for _, conn := range conns {
		_ = conn.SetDeadline(t) // fails on closed ones only
	}
}

// closeWrite tells the peer that nothing more comes, and leaves the other direction open where the transport can.
func closeWrite(conn net.Conn) error {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return conn.Close()
}

// abandon breaks a connection off: the peer is told at once, and what it was not sent yet is thrown away.
func abandon(conn net.Conn) {
	if tcp, ok := transport(conn).(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
		_ = tcp.Close()
	}
	_ = conn.Close()
}
