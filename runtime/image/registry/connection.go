package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

const dialTimeout = 10 * time.Second

// connection speaks to one place. It logs in when first used.
type connection struct {
	client *Client
	place  place
	auth   authn.Authenticator

	mu     sync.Mutex
	http   *http.Client
	scheme string
	raw    *http.Transport
}

func (c *connection) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.raw != nil {
		c.raw.CloseIdleConnections()
	}
}

// login finds out how the registry wants to be spoken to and gets a token if it deals in them.
func (c *connection) login(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.http != nil {
		return nil
	}
	if c.raw == nil {
		raw, err := newTransport(c.place.settings)
		if err != nil {
			return err
		}
		c.raw = raw
	}
	host := c.place.host
	if host == "docker.io" {
		host = name.DefaultRegistry
	}
	var options []name.Option
	if c.place.settings.PlainHTTP {
		options = append(options, name.Insecure)
	}
	registry, err := name.NewRegistry(host, options...)
	if err != nil {
		return fmt.Errorf("%w: %w", errConfig, err)
	}
	guard := &schemeGuard{
		inner:    transport.NewUserAgent(c.raw, c.client.o.UserAgent),
		host:     registry.RegistryStr(),
		plain:    c.place.settings.PlainHTTP,
		loopback: loopback(host),
	}
	ctx, stop := c.client.watch(ctx)
	defer stop.Stop()
	scope := "repository:" + c.place.repository + ":" + transport.PullScope
	wrapped, err := transport.NewWithContext(ctx, registry, c.auth, guard, []string{scope})
	if err != nil {
		return cause(ctx, err)
	}
	c.http = &http.Client{Transport: wrapped}
	c.scheme = registry.Scheme()
	return nil
}

// get asks for a path below the repository and returns the answer if it has one of the codes. The body must be closed; reading
// it fails when the registry keeps silent for too long.
func (c *connection) get(ctx context.Context, path string, header http.Header, codes ...int) (*http.Response, error) {
	if err := c.login(ctx); err != nil {
		return nil, err
	}
	ctx, watch := c.client.watch(ctx)
	host := c.place.host
	if host == "docker.io" {
		host = name.DefaultRegistry
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.scheme+"://"+host+"/v2/"+c.place.repository+"/"+path, nil)
	if err != nil {
		watch.Stop()
		return nil, err
	}
	for key, values := range header {
		request.Header[key] = values
	}
	response, err := c.http.Do(request)
	if err != nil {
		err = cause(ctx, err)
		watch.Stop()
		return nil, err
	}
	response.Body = &watchedBody{ctx: ctx, body: response.Body, watch: watch}
	if err := checkAnswer(response, codes...); err != nil {
		response.Body.Close()
		return nil, err
	}
	return response, nil
}

func newTransport(settings Host) (*http.Transport, error) {
	config := &tls.Config{InsecureSkipVerify: settings.SkipVerify}
	if settings.CAFile != "" {
		data, err := os.ReadFile(settings.CAFile)
		if err != nil {
			return nil, fmt.Errorf("%w: caFile: %w", errConfig, err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(data) {
			return nil, fmt.Errorf("%w: caFile %s holds no certificate in PEM form", errConfig, settings.CAFile)
		}
		config.RootCAs = pool
	}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   dialTimeout,
		TLSClientConfig:       config,
		ForceAttemptHTTP2:     true,
		ExpectContinueTimeout: time.Second,
		MaxIdleConnsPerHost:   4,
		DisableCompression:    true, // blobs are verified as they are
	}, nil
}

// schemeGuard lets plain HTTP through only where it is allowed, also when a registry sends us elsewhere, and keeps from trying
// TLS where there is none.
type schemeGuard struct {
	inner           http.RoundTripper
	host            string
	plain, loopback bool
}

func (g *schemeGuard) RoundTrip(r *http.Request) (*http.Response, error) {
	switch r.URL.Scheme {
	case "http":
		if !g.plain && (!g.loopback || !loopback(r.URL.Host)) {
			return nil, errPlainHTTP
		}
	case "https":
		if g.plain && r.URL.Host == g.host {
			return nil, http.ErrSchemeMismatch
		}
	}
	return g.inner.RoundTrip(r)
}

// watch returns a context that ends when nobody winds the watch for too long.
func (c *Client) watch(ctx context.Context) (context.Context, *stallWatch) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &stallWatch{limit: c.o.Stall, cancel: cancel}
	w.timer = time.AfterFunc(w.limit, func() { cancel(fmt.Errorf("%w for %s", errStalled, w.limit)) })
	return ctx, w
}

type stallWatch struct {
	limit  time.Duration
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

func (w *stallWatch) wind() { w.timer.Reset(w.limit) }

// Stop ends the watch and with it the context.
func (w *stallWatch) Stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// cause replaces "context canceled" by why it was.
func cause(ctx context.Context, err error) error {
	if why := context.Cause(ctx); err != nil && errors.Is(why, errStalled) {
		return why
	}
	return err
}

type watchedBody struct {
	ctx   context.Context
	body  io.ReadCloser
	watch *stallWatch
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	if n > 0 {
		b.watch.wind()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = cause(b.ctx, err)
	}
	return n, err
}

func (b *watchedBody) Close() error {
	b.watch.Stop()
	return b.body.Close()
}
