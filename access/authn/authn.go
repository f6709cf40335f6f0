package authn

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"argosy.dev/access"
	"argosy.dev/access/token"
)

// Tokens verifies bearer tokens for the API server; see [token.Verifier].
type Tokens interface {
	Verify(token string, audiences ...string) (*token.Verified, error)
}

// ErrInvalidToken is a bearer token that nobody here knows.
var ErrInvalidToken = errors.New("invalid bearer token")

var anonymous = &access.User{Name: access.Anonymous, Groups: []string{access.Unauthenticated}}

// Authenticator finds out who makes a request.
type Authenticator struct {
	tokens  Tokens
	clients *x509.CertPool
	now     func() time.Time
}

// New makes an authenticator. Users' certificates are those of the given authorities. A nil now means the machine's clock.
func New(tokens Tokens, clients *x509.CertPool, now func() time.Time) *Authenticator {
	if now == nil {
		now = time.Now
	}
	return &Authenticator{tokens: tokens, clients: clients, now: now}
}

// Authenticate tells who makes the request. ok is false, and the answer 401 Unauthorized, if the request shows a
// credential that is not good; err then says why, for the log and not for the client. A token that was used is taken off
// the request's headers, so that nothing further on can give it away.
func (a *Authenticator) Authenticate(r *http.Request) (user *access.User, ok bool, err error) {
	user, err = a.certificate(r)
	if user == nil && err == nil {
		user, err = a.bearer(r)
	}
	if err != nil {
		return nil, false, err
	}
	r.Header.Del("Authorization")
	if user == nil {
		user = anonymous
	}
	return user, true, nil
}

// bearer returns nil if the request has no bearer token. Other schemes of authorization are none of ours.
func (a *Authenticator) bearer(r *http.Request) (*access.User, error) {
	scheme, credential, found := strings.Cut(strings.TrimSpace(r.Header.Get("Authorization")), " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return nil, nil
	}
	// A token has no blanks; what follows the first one is not looked at, and of "Bearer" with two blanks nothing is left.
	credential, _, _ = strings.Cut(credential, " ")
	if credential == "" {
		return nil, nil
	}
	verified, err := a.tokens.Verify(credential)
	if errors.Is(err, token.ErrNotOurs) {
		return nil, ErrInvalidToken
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidToken, err)
	}
	return verified.User, nil
}
