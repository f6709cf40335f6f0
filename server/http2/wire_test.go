package http2_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	wire "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"argosy.dev/server/http2"
)

// peer speaks HTTP/2 frame by frame.
type peer struct {
	*wire.Framer
	testing.TB
	socket *tls.Conn
	fields *hpack.Encoder
	block  bytes.Buffer
}

func dial(t testing.TB, address string, settings ...wire.Setting) *peer {
	t.Helper()
	socket, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	_ = socket.SetDeadline(time.Now().Add(20 * time.Second))
	p := &peer{Framer: wire.NewFramer(socket, socket), TB: t, socket: socket}
	p.AllowIllegalWrites = true
	p.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	p.fields = hpack.NewEncoder(&p.block)
	if _, err := io.WriteString(socket, wire.ClientPreface); err != nil {
		t.Fatal(err)
	}
	if err := p.WriteSettings(settings...); err != nil {
		t.Fatal(err)
	}
	return p
}

// request sends the fields of one: names and values.
func (p *peer) request(id uint32, end bool, pairs ...string) {
	p.Helper()
	if err := p.try(id, end, pairs...); err != nil {
		p.Fatal(err)
	}
}

func (p *peer) try(id uint32, end bool, pairs ...string) error {
	p.block.Reset()
	for i := 0; i < len(pairs); i += 2 {
		_ = p.fields.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	return p.WriteHeaders(wire.HeadersFrameParam{StreamID: id, BlockFragment: p.block.Bytes(), EndStream: end, EndHeaders: true})
}

func get(path string, more ...string) []string {
	return append([]string{":method", "GET", ":scheme", "https", ":path", path, ":authority", "a"}, more...)
}

func post(path string, more ...string) []string {
	return append([]string{":method", "POST", ":scheme", "https", ":path", path, ":authority", "a"}, more...)
}

// next is the next frame of a kind, or the end of the connection as GOAWAY or an error.
func next[T wire.Frame](p *peer) (T, error) {
	p.Helper()
	for {
		f, err := p.ReadFrame()
		if err != nil {
			var none T
			return none, err
		}
		if found, ok := f.(T); ok {
			return found, nil
		}
		if away, ok := f.(*wire.GoAwayFrame); ok && away.ErrCode != wire.ErrCodeNo {
			var none T
			return none, wire.ConnectionError(away.ErrCode)
		}
	}
}

// alive checks that the connection goes on.
func (p *peer) alive() {
	p.Helper()
	if err := p.WritePing(false, [8]byte{7}); err != nil {
		p.Fatal(err)
	}
	for {
		f, err := next[*wire.PingFrame](p)
		if err != nil {
			p.Fatalf("the connection does not go on: %v", err)
		}
		if f.IsAck() && f.Data == [8]byte{7} {
			return
		}
	}
}

func quiet(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/wait" {
		<-r.Context().Done()
	}
	_, _ = io.Copy(io.Discard, r.Body)
}

// What is wrong with one request ends that request, and the connection goes on.
func TestMalformedRequests(t *testing.T) {
	address, _, _ := serve(t, http2.Options{Streams: 2, HeaderBytes: 4096}, quiet)
	tests := []struct {
		name string
		send func(p *peer)
		want wire.ErrCode
	}{
		{"no path", func(p *peer) { p.request(1, true, ":method", "GET", ":scheme", "https") }, wire.ErrCodeProtocol},
		{"another scheme", func(p *peer) { p.request(1, true, ":method", "GET", ":scheme", "ftp", ":path", "/") }, wire.ErrCodeProtocol},
		{"a method that is none", func(p *peer) { p.request(1, true, ":method", "G T", ":scheme", "https", ":path", "/") }, wire.ErrCodeProtocol},
		{"a path that is none", func(p *peer) { p.request(1, true, get("%zz")...) }, wire.ErrCodeProtocol},
		{"an unknown pseudo field", func(p *peer) { p.request(1, true, append([]string{":what", "x"}, get("/")...)...) }, wire.ErrCodeProtocol},
		{"a pseudo field after others", func(p *peer) { p.request(1, true, "a", "b", ":method", "GET") }, wire.ErrCodeProtocol},
		{"a name in capitals", func(p *peer) { p.request(1, true, get("/", "Upper", "x")...) }, wire.ErrCodeProtocol},
		{"a value that is none", func(p *peer) { p.request(1, true, get("/", "a", "x\ny")...) }, wire.ErrCodeProtocol},
		{"connection", func(p *peer) { p.request(1, true, get("/", "connection", "close")...) }, wire.ErrCodeProtocol},
		{"transfer-encoding", func(p *peer) { p.request(1, true, post("/", "transfer-encoding", "chunked")...) }, wire.ErrCodeProtocol},
		{"te", func(p *peer) { p.request(1, true, get("/", "te", "gzip")...) }, wire.ErrCodeProtocol},
		{"a host that is none", func(p *peer) {
			p.request(1, true, ":method", "GET", ":scheme", "https", ":path", "/", ":authority", "a b")
		}, wire.ErrCodeProtocol},
		{"CONNECT with a path", func(p *peer) { p.request(1, true, ":method", "CONNECT", ":path", "/", ":authority", "a") }, wire.ErrCodeProtocol},
		{"a length that is none", func(p *peer) { p.request(1, false, post("/", "content-length", "x")...) }, wire.ErrCodeProtocol},
		{"two lengths", func(p *peer) { p.request(1, false, post("/", "content-length", "1", "content-length", "2")...) }, wire.ErrCodeProtocol},
		{"a length without a body", func(p *peer) { p.request(1, true, post("/", "content-length", "1")...) }, wire.ErrCodeProtocol},
		{"more than the length", func(p *peer) {
			p.request(1, false, post("/", "content-length", "1")...)
			_ = p.WriteData(1, true, []byte("ab"))
		}, wire.ErrCodeProtocol},
		{"less than the length", func(p *peer) {
			p.request(1, false, post("/", "content-length", "3")...)
			_ = p.WriteData(1, true, []byte("ab"))
		}, wire.ErrCodeProtocol},
		{"trailers that do not end", func(p *peer) {
			p.request(1, false, post("/wait")...)
			p.request(1, false, "a", "b")
		}, wire.ErrCodeProtocol},
		{"data after the end", func(p *peer) {
			p.request(1, true, get("/wait")...)
			_ = p.WriteData(1, true, []byte("ab"))
		}, wire.ErrCodeStreamClosed},
		{"more than the stream's window", func(p *peer) {
			p.request(1, false, post("/wait")...)
			for range 17 {
				_ = p.WriteData(1, false, make([]byte, 16<<10))
			}
		}, wire.ErrCodeFlowControl},
		{"a window that overflows", func(p *peer) {
			p.request(1, false, post("/wait")...)
			_ = p.WriteWindowUpdate(1, 1<<31-1)
		}, wire.ErrCodeFlowControl},
		{"one too many", func(p *peer) {
			p.request(101, true, get("/wait")...)
			p.request(103, true, get("/wait")...)
			p.request(105, true, get("/wait")...)
		}, wire.ErrCodeRefusedStream},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := dial(t, address)
			tt.send(p)
			f, err := next[*wire.RSTStreamFrame](p)
			if err != nil || f.ErrCode != tt.want {
				t.Fatalf("got %v, %v; want the stream reset for %v", f, err, tt.want)
			}
			p.alive()
		})
	}
	t.Run("fields that are too large", func(t *testing.T) {
		p := dial(t, address)
		p.request(1, true, get("/", slices.Repeat([]string{"a", strings.Repeat("x", 500)}, 10)...)...)
		f, err := next[*wire.MetaHeadersFrame](p)
		if err != nil || f.PseudoValue("status") != "431" {
			t.Fatalf("%v, %v; want 431", f, err)
		}
		p.alive()
	})
}

// What is wrong with a connection ends it.
func TestBrokenConnections(t *testing.T) {
	address, _, _ := serve(t, http2.Options{}, quiet)
	tests := []struct {
		name string
		send func(p *peer)
		want wire.ErrCode
	}{
		{"a stream of the server's", func(p *peer) { p.request(2, true, get("/")...) }, wire.ErrCodeProtocol},
		{"a number that was used", func(p *peer) {
			p.request(5, true, get("/")...)
			p.request(3, true, get("/")...)
		}, wire.ErrCodeStreamClosed},
		{"data for a stream that never was", func(p *peer) { _ = p.WriteData(9, true, []byte("x")) }, wire.ErrCodeProtocol},
		{"a reset of a stream that never was", func(p *peer) { _ = p.WriteRSTStream(9, wire.ErrCodeCancel) }, wire.ErrCodeProtocol},
		{"a push", func(p *peer) {
			_ = p.WritePushPromise(wire.PushPromiseParam{StreamID: 1, PromiseID: 2, BlockFragment: []byte{0x82}, EndHeaders: true})
		}, wire.ErrCodeProtocol},
		{"fields that cannot be unpacked", func(p *peer) {
			_ = p.WriteHeaders(wire.HeadersFrameParam{StreamID: 1, BlockFragment: []byte{0xff, 0xff, 0xff, 0xff, 0xff}, EndStream: true, EndHeaders: true})
		}, wire.ErrCodeCompression},
		{"fields that go on elsewhere", func(p *peer) {
			_ = p.WriteHeaders(wire.HeadersFrameParam{StreamID: 1, BlockFragment: []byte{0x82}, EndStream: true})
			_ = p.WriteData(3, false, nil)
		}, wire.ErrCodeProtocol},
		{"a frame that is too large", func(p *peer) { _ = p.WriteRawFrame(wire.FramePing, 0, 0, make([]byte, 1<<20+1)) }, wire.ErrCodeFrameSize},
		{"a window that overflows", func(p *peer) { _ = p.WriteWindowUpdate(0, 1<<31-1) }, wire.ErrCodeFlowControl},
		{"a window that grows by nothing", func(p *peer) { _ = p.WriteWindowUpdate(0, 0) }, wire.ErrCodeProtocol},
		{"a first window that is too large", func(p *peer) { _ = p.WriteSettings(wire.Setting{ID: wire.SettingInitialWindowSize, Val: 1 << 31}) }, wire.ErrCodeFlowControl},
		{"more than the connection's window", func(p *peer) {
			for i := range uint32(20) {
				p.request(2*i+1, false, post("/wait")...)
				for range 15 {
					_ = p.WriteData(2*i+1, false, make([]byte, 16<<10))
				}
			}
		}, wire.ErrCodeFlowControl},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := dial(t, address)
			tt.send(p)
			_, err := next[*wire.PushPromiseFrame](p)
			var code wire.ConnectionError
			if !errors.As(err, &code) || wire.ErrCode(code) != tt.want {
				t.Errorf("%v, want the connection ended for %v", err, tt.want)
			}
		})
	}
	t.Run("no preface", func(t *testing.T) {
		socket, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
		if err != nil {
			t.Fatal(err)
		}
		defer socket.Close()
		_, _ = io.WriteString(socket, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		_ = socket.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.ReadAll(socket); err != nil {
			t.Errorf("%v, want the connection closed", err)
		}
	})
}

// A peer that asks and asks, and never reads, is cut off before it holds much memory.
func TestFloodOfPings(t *testing.T) {
	address, _, _ := serve(t, http2.Options{}, quiet)
	p := dial(t, address)
	for {
		if err := p.WritePing(false, [8]byte{1}); err != nil {
			return // it was
		}
	}
}

// The peer's windows are kept to, and what is let in later is sent then.
func TestWindowsOfThePeer(t *testing.T) {
	address, _, _ := serve(t, http2.Options{}, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(make([]byte, 50000))
	})
	p := dial(t, address, wire.Setting{ID: wire.SettingInitialWindowSize, Val: 10})
	p.request(1, true, get("/")...)
	read := func(want int) {
		t.Helper()
		got := 0
		for got < want {
			f, err := next[*wire.DataFrame](p)
			if err != nil {
				t.Fatal(err)
			}
			got += len(f.Data())
		}
		if got != want {
			t.Fatalf("%d bytes came, the window is %d", got, want)
		}
		p.alive() // and nothing else came before
	}
	read(10)
	_ = p.WriteWindowUpdate(1, 1000)
	read(1000)
	_ = p.WriteSettings(wire.Setting{ID: wire.SettingInitialWindowSize, Val: 110})
	read(100)
	_ = p.WriteSettings(wire.Setting{ID: wire.SettingInitialWindowSize, Val: 10}) // below what was sent
	_ = p.WriteWindowUpdate(1, 150)
	read(50)
	_ = p.WriteWindowUpdate(1, 100000)
	read(50000 - 10 - 1000 - 100 - 50)
}

// A client that waits for a word before it sends its body gets it when the body is wanted.
func TestExpectContinue(t *testing.T) {
	address, _, _ := serve(t, http2.Options{}, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	})
	p := dial(t, address)
	p.request(1, false, post("/", "expect", "100-continue")...)
	f, err := next[*wire.MetaHeadersFrame](p)
	if err != nil || f.PseudoValue("status") != "100" {
		t.Fatalf("%v, %v; want 100", f, err)
	}
	_ = p.WriteData(1, true, []byte("body"))
	if f, err = next[*wire.MetaHeadersFrame](p); err != nil || f.PseudoValue("status") != "200" {
		t.Fatalf("%v, %v; want 200", f, err)
	}
}

// An answer given before the request was read whole is whole; the peer is told to send no more.
func TestRequestsThatAreNotRead(t *testing.T) {
	address, _, _ := serve(t, http2.Options{}, func(w http.ResponseWriter, r *http.Request) {})
	p := dial(t, address)
	for i := range uint32(40) { // more, in all, than the connection's window
		id := 2*i + 1
		p.request(id, false, post("/")...)
		for range 8 {
			_ = p.WriteData(id, false, make([]byte, 16<<10))
		}
		if f, err := next[*wire.RSTStreamFrame](p); err != nil || f.ErrCode != wire.ErrCodeNo || f.StreamID != id {
			t.Fatalf("%v, %v; want stream %d ended without an error", f, err, id)
		}
	}
	p.alive()
}

// A connection without streams is ended; one with a stream is not.
func TestIdleConnections(t *testing.T) {
	address, _, _ := serve(t, http2.Options{Idle: 200 * time.Millisecond}, quiet)
	idle, busy := dial(t, address), dial(t, address)
	busy.request(1, true, get("/wait")...)
	if f, err := next[*wire.GoAwayFrame](idle); err != nil || f.ErrCode != wire.ErrCodeNo {
		t.Fatalf("%v, %v; want it told to go", f, err)
	}
	if _, err := next[*wire.PushPromiseFrame](idle); err == nil {
		t.Error("it was not closed")
	}
	busy.alive() // though it was as old when the other was told
}

// Streams that are reset as fast as they are opened do not run more handlers than there may be streams, and end the connection.
func TestRapidReset(t *testing.T) {
	running, release := make(chan struct{}, 10), make(chan struct{})
	address, _, _ := serve(t, http2.Options{Streams: 10}, func(w http.ResponseWriter, r *http.Request) {
		select {
		case running <- struct{}{}:
		default:
			t.Error("more handlers run than there may be streams")
		}
		<-release // does not care that its client is gone
		<-running
	})
	defer close(release)
	p := dial(t, address)
	var err error
	for i := uint32(1); i < 2000 && err == nil; i += 2 {
		if err = p.try(i, true, get("/")...); err == nil {
			err = p.WriteRSTStream(i, wire.ErrCodeCancel)
		}
	}
	_, err = next[*wire.PushPromiseFrame](p) // ends with the connection; its last words may be lost with what was sent too late
	var code wire.ConnectionError
	if errors.As(err, &code) && wire.ErrCode(code) != wire.ErrCodeEnhanceYourCalm {
		t.Errorf("ended with %v", code)
	}
}

// Whatever comes, the server neither panics nor hangs.
func FuzzFrames(f *testing.F) {
	address, _, _ := serve(f, http2.Options{Streams: 4, Write: time.Second}, quiet)
	seed := func(write func(*wire.Framer)) {
		var b bytes.Buffer
		write(wire.NewFramer(&b, nil))
		f.Add(b.Bytes())
	}
	seed(func(w *wire.Framer) { _ = w.WriteSettings(); _ = w.WritePing(false, [8]byte{}) })
	seed(func(w *wire.Framer) {
		_ = w.WriteSettings(wire.Setting{ID: wire.SettingInitialWindowSize, Val: 0})
		_ = w.WriteHeaders(wire.HeadersFrameParam{StreamID: 1, BlockFragment: []byte{0x83, 0x84, 0x87}, EndHeaders: true})
		_ = w.WriteData(1, true, []byte("body"))
	})
	f.Fuzz(func(t *testing.T, data []byte) {
		socket, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
		if err != nil {
			t.Fatal(err)
		}
		defer socket.Close()
		_, _ = io.WriteString(socket, wire.ClientPreface)
		_, _ = socket.Write(data)
		_ = socket.CloseWrite()
		_ = socket.SetReadDeadline(time.Now().Add(10 * time.Second))
		var timeout interface{ Timeout() bool }
		if _, err := io.Copy(io.Discard, socket); errors.As(err, &timeout) && timeout.Timeout() {
			t.Error("the connection hangs")
		}
	})
}
