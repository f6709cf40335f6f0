package registry

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"argosy.dev/base/backoff"
)

// Options set up a Client. Zero fields have sensible values.
type Options struct {
	// File is the path of registries.yaml; empty means none.
	File string
	// UserAgent names the program to registries.
	UserAgent string
	// Stall is how long a registry may keep silent, before or within an answer. Default 30 s.
	Stall time.Duration
	// Attempts is how often one request is tried in all. Default 5.
	Attempts int
	// Retry is how the waits between them grow. Default 0.3 s, doubling, at most 5 s.
	Retry backoff.Policy
}

// Client fetches images.
type Client struct{ o Options }

// New returns a client. Nothing is read or asked yet.
func New(o Options) *Client {
	if o.Stall <= 0 {
		o.Stall = 30 * time.Second
	}
	if o.Attempts <= 0 {
		o.Attempts = 5
	}
	if o.Retry.First <= 0 {
		o.Retry = backoff.Policy{First: 300 * time.Millisecond, Factor: 2, Cap: 5 * time.Second, Jitter: 0.2}
	}
	if o.UserAgent == "" {
		o.UserAgent = "argosy"
	}
	return &Client{o: o}
}

// Credentials are what CRI's AuthConfig holds.
type Credentials struct {
	Username, Password string
	// Auth is base64 of USERNAME:PASSWORD.
	Auth string
	// IdentityToken is exchanged for an access token.
	IdentityToken string
	// RegistryToken is sent as it is.
	RegistryToken string
	// Server limits the credentials to one registry; empty means the one named in the image.
	Server string
}

// authenticator turns credentials into what the transport wants.
func (p place) authenticator(c *Credentials, r Reference) (authn.Authenticator, error) {
	if c != nil && p.own && c.forHost(r.Host) {
		a := authn.AuthConfig{Username: c.Username, Password: c.Password, IdentityToken: c.IdentityToken, RegistryToken: c.RegistryToken}
		if c.Auth != "" && a.Username == "" {
			data, err := base64.StdEncoding.DecodeString(c.Auth)
			name, password, ok := strings.Cut(strings.TrimRight(string(data), "\x00"), ":")
			if err != nil || !ok {
				return nil, fmt.Errorf("%w: the credentials for %s are not base64 of USERNAME:PASSWORD", errConfig, r.Host)
			}
			a.Username, a.Password = name, password
		}
		if a != (authn.AuthConfig{}) {
			return authn.FromConfig(a), nil
		}
	}
	if p.settings.Username != "" {
		return &authn.Basic{Username: p.settings.Username, Password: p.settings.Password}, nil
	}
	return authn.Anonymous, nil
}

// forHost tells whether the credentials are meant for a registry. Docker's own hub has many names.
func (c *Credentials) forHost(host string) bool {
	if c.Server == "" {
		return true
	}
	server := c.Server
	if _, rest, ok := strings.Cut(server, "://"); ok {
		server = rest
	}
	server, _, _ = strings.Cut(server, "/")
	hub := []string{"docker.io", "index.docker.io", "registry-1.docker.io"}
	return server == host || slices.Contains(hub, server) && slices.Contains(hub, host)
}

// retry runs call until it goes well, fails for good, or was tried often enough. progressed lets a call that got further than
// before start counting anew.
func (c *Client) retry(ctx context.Context, call func() error, progressed func() bool) error {
	for failures := 1; ; failures++ {
		err := call()
		if err == nil || ctx.Err() != nil || !passing(err) {
			return err
		}
		if progressed != nil && progressed() {
			failures = 1
		}
		if failures >= c.o.Attempts {
			return fmt.Errorf("after %d attempts: %w", failures, err)
		}
		wait := max(c.o.Retry.Wait(failures, rand.Float64), min(retryAfter(err), 30*time.Second))
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}

// afterError carries what the registry said about when to come again.
type afterError struct {
	after time.Duration
	err   error
}

func (a *afterError) Error() string { return a.err.Error() }
func (a *afterError) Unwrap() error { return a.err }

func retryAfter(err error) time.Duration {
	var a *afterError
	if errors.As(err, &a) {
		return a.after
	}
	return 0
}

// checkAnswer turns an answer other than these codes into an error.
func checkAnswer(response *http.Response, codes ...int) error {
	err := transport.CheckError(response, codes...)
	if err == nil {
		return nil
	}
	if seconds, e := strconv.Atoi(response.Header.Get("Retry-After")); e == nil && seconds > 0 {
		return &afterError{after: time.Duration(seconds) * time.Second, err: err}
	}
	return err
}
