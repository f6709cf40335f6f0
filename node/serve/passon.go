package serve

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"argosy.dev/base/tunnel"
)

// dialWithin bounds how long the runtime's own server may take to accept a connection.
const dialWithin = 10 * time.Second

// passOn hands an upgrade request on to the address that the runtime gives out for it.
func (n *node) passOn(w http.ResponseWriter, r *http.Request, address func() (string, error)) {
	text, err := address()
	if err != nil {
		answer(w, fmt.Errorf("asking the runtime for a stream: %w", err))
		return
	}
	to, err := url.Parse(text)
	if err != nil {
		answer(w, fmt.Errorf("reading the address of the runtime's stream: %w", err))
		return
	}
	conn, err := dialStream(r.Context(), to)
	if err != nil {
		answer(w, fmt.Errorf("connecting to the runtime's stream: %w", err))
		return
	}
	out := r.Clone(r.Context())
	out.URL, out.Host, out.RequestURI = to, to.Host, ""
	out.Body, out.ContentLength = http.NoBody, 0
	refusal, err := tunnel.Pass(w, out, conn)
	if err != nil {
		answer(w, fmt.Errorf("passing the stream on to the runtime: %w", err))
		return
	}
	if refusal == nil {
		return
	}
	defer refusal.Body.Close()
	if kind := refusal.Header.Get("Content-Type"); kind != "" {
		w.Header().Set("Content-Type", kind)
	}
	w.WriteHeader(refusal.StatusCode)
	_, _ = io.Copy(w, refusal.Body) // a client that is gone needs no answer
}

func dialStream(ctx context.Context, to *url.URL) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: dialWithin}
	port := to.Port()
	if to.Scheme == "https" {
		if port == "" {
			port = "443"
		}
		// The runtime is on this machine and its certificate its own: that the address came from its socket is what it is trusted for.
		secure := &tls.Dialer{NetDialer: dialer, Config: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}}
		return secure.DialContext(ctx, "tcp", net.JoinHostPort(to.Hostname(), port))
	}
	if port == "" {
		port = "80"
	}
	return dialer.DialContext(ctx, "tcp", net.JoinHostPort(to.Hostname(), port))
}
