package token

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"

	"argosy.dev/access"
)

const (
	// leeway is how far clocks may disagree, and how long a token outlives the deletion of its object, so that a Pod can
	// still use the API while it shuts down.
	leeway = time.Minute

	// maxLength is far above what any issuer makes; longer ones are not looked at.
	maxLength = 64 << 10
)

// ErrNotOurs says that a token is from another issuer: this package cannot tell whether it is good.
var ErrNotOurs = errors.New("not a service account token of this cluster")

// Kind is what sort of object a token can depend on.
type Kind string

// The kinds of objects that tokens depend on.
const (
	ServiceAccount Kind = "ServiceAccount"
	Pod            Kind = "Pod"
	Secret         Kind = "Secret"
	Node           Kind = "Node"
)

// Object is what a [Lookup] tells of one object.
type Object struct {
	UID string
	// Deleted is when the object is to be gone (metadata.deletionTimestamp), zero if it is to stay.
	Deleted time.Time

	// ServiceAccount and Node are a Pod's (spec.serviceAccountName, spec.nodeName).
	ServiceAccount string
	Node           string
	// Token is what a Secret of the type kubernetes.io/service-account-token holds.
	Token []byte
}

// Lookup tells what the cluster has now. It is asked on every verification, so it must be quick and must not block; it is
// safe for concurrent use. The namespace of a Node is empty.
type Lookup interface {
	Find(kind Kind, namespace, name string) (Object, bool)
}

// Verified is what a good token says. It is shared and must not be changed.
type Verified struct {
	User *access.User
	// Audiences are those of the asked ones that the token is for; at least one.
	Audiences []string
	// Expires is when the token stops being good; zero for one that a Secret holds, which never does.
	Expires time.Time
	// Stale is true when the holder should have fetched a new token by now and lives on the extension.
	Stale bool
}

// Verifier verifies tokens.
type Verifier struct {
	issuer    string
	audiences []string
	keys      *Keys
	lookup    Lookup
	now       func() time.Time
	recent    *recent
}

// NewVerifier makes a verifier for tokens of the given issuer and API server audiences (empty: the issuer's name). A nil
// now means the machine's clock.
func NewVerifier(issuer string, audiences []string, keys *Keys, lookup Lookup, now func() time.Time) *Verifier {
	return &Verifier{
		issuer:    issuer,
		audiences: orIssuer(audiences, issuer),
		keys:      keys,
		lookup:    lookup,
		now:       orClock(now),
		recent:    newRecent(recentLimit, recentTTL),
	}
}

// Verify tells whose token it is. audiences are who asks, at least one of which the token must be for; none means the API
// server. [ErrNotOurs] is a token that somebody else may know; any other error is a token that is not good.
func (v *Verifier) Verify(token string, audiences ...string) (*Verified, error) {
	now := v.now()
	hash := sha256.Sum256([]byte(token))
	if len(audiences) == 0 {
		audiences = v.audiences
	}
	s, known := v.recent.get(hash, now)
	if !known {
		parsed, issuer, err := v.read(token)
		if err != nil {
			return nil, err
		}
		if issuer == legacyIssuer {
			return v.verifyLegacy(token, parsed, audiences)
		}
		c, err := v.parse(parsed)
		if err != nil {
			return nil, err
		}
		s = &signed{claims: *c, user: c.user()}
	}
	if err := s.claims.checkTime(now); err != nil {
		return nil, err
	}
	common := s.claims.common(audiences)
	if len(common) == 0 {
		return nil, wrongAudience(s.claims.Audience, audiences)
	}
	if err := v.checkObjects(&s.claims.Kubernetes, now); err != nil {
		return nil, err
	}
	if !known {
		v.recent.put(hash, s, now)
	}
	warn := s.claims.Kubernetes.WarnAfter
	return &Verified{
		User:      s.user,
		Audiences: common,
		Expires:   s.claims.Expiry.Time(),
		Stale:     warn != nil && now.After(warn.Time()),
	}, nil
}

func wrongAudience(has, wanted []string) error {
	return fmt.Errorf("token audiences %q is invalid for the target audiences %q", has, wanted)
}

// read takes a token apart, and tells who claims to have issued it. Nothing is verified yet.
func (v *Verifier) read(token string) (*jwt.JSONWebToken, string, error) {
	if len(token) > maxLength {
		return nil, "", errors.New("the token is too long")
	}
	parsed, err := jwt.ParseSigned(token, v.keys.algorithms)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrNotOurs, err)
	}
	var unverified jwt.Claims
	if err := parsed.UnsafeClaimsWithoutVerification(&unverified); err != nil || unverified.Issuer != v.issuer && unverified.Issuer != legacyIssuer {
		return nil, "", ErrNotOurs
	}
	return parsed, unverified.Issuer, nil
}

// parse verifies the signature and what cannot change.
func (v *Verifier) parse(parsed *jwt.JSONWebToken) (*claims, error) {
	header := parsed.Headers[0]
	key, ok := v.keys.find(header.KeyID)
	if !ok || header.Algorithm != key.Algorithm {
		return nil, fmt.Errorf("the token is signed with the unknown key %q", header.KeyID)
	}
	var c claims
	if err := parsed.Claims(key.Key, &c); err != nil {
		return nil, fmt.Errorf("the token's signature or content is wrong: %w", err)
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return &c, nil
}

// checkObjects refuses a token whose service account or bound object is gone or is another one of the same name.
func (v *Verifier) checkObjects(k *private, now time.Time) error {
	if err := v.checkObject(ServiceAccount, k.Namespace, k.ServiceAccount, now); err != nil {
		return err
	}
	switch {
	case k.Pod != nil:
		return v.checkObject(Pod, k.Namespace, *k.Pod, now)
	case k.Secret != nil:
		return v.checkObject(Secret, k.Namespace, *k.Secret, now)
	case k.Node != nil:
		return v.checkObject(Node, "", *k.Node, now)
	}
	return nil
}

func (v *Verifier) checkObject(kind Kind, namespace string, ref Ref, now time.Time) error {
	object, ok := v.lookup.Find(kind, namespace, ref.Name)
	if !ok && kind == ServiceAccount {
		return fmt.Errorf("serviceaccounts %q not found", ref.Name)
	}
	if !ok || object.UID != ref.UID || !object.Deleted.IsZero() && now.After(object.Deleted.Add(leeway)) {
		return fmt.Errorf("service account token has been invalidated: its %s %s is gone", kind, ref.Name)
	}
	return nil
}
