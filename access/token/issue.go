package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"
	"k8s.io/apimachinery/pkg/util/uuid"

	"argosy.dev/access"
)

// DefaultIssuer is who signs the tokens of a cluster, where nothing else is said.
const DefaultIssuer = "https://kubernetes.default.svc.cluster.local"

// How long a token may be valid.
const (
	MinTTL     = 10 * time.Minute
	MaxTTL     = (1 << 32) * time.Second
	DefaultTTL = time.Hour
)

// A Pod's own token for the API server is asked for with exactly mountedTTL. Programs that read the file only once would
// lose access after it; Kubernetes makes such a token valid for a year and counts who uses it after the time asked for.
const (
	mountedTTL  = 3607 * time.Second
	extendedTTL = 365 * 24 * time.Hour
)

// Request says what token is wanted.
type Request struct {
	Namespace      string
	ServiceAccount Ref
	// Pod, Secret or Node is the object that the token is bound to; nil for none. With a Pod, Node is where the Pod
	// runs: the token tells it but does not depend on it.
	Pod, Secret, Node *Ref
	// Audiences are who the token is for; empty means the API server.
	Audiences []string
	// TTL is how long the token is asked to be valid, from MinTTL to MaxTTL; zero means DefaultTTL.
	TTL time.Duration
}

// Issued is a new token.
type Issued struct {
	Token     string
	Audiences []string
	// Expires is when whoever asked should have a new one, which a Pod's own token may outlive.
	Expires time.Time
	// ID is the credential's identity, for audit (the jti claim).
	ID string
}

// Issuer makes tokens.
type Issuer struct {
	name      string
	audiences []string
	keys      *Keys
	now       func() time.Time
}

// NewIssuer makes an issuer that signs as name, for the API server known by the given audiences (empty: by name). A nil
// now means the machine's clock.
func NewIssuer(name string, audiences []string, keys *Keys, now func() time.Time) *Issuer {
	return &Issuer{name: name, audiences: orIssuer(audiences, name), keys: keys, now: orClock(now)}
}

// Issue makes a token. That the caller may have it, and that the objects exist, is for the caller to know.
func (i *Issuer) Issue(r Request) (Issued, error) {
	if r.TTL == 0 {
		r.TTL = DefaultTTL
	}
	if len(r.Audiences) == 0 {
		r.Audiences = i.audiences
	}
	if err := r.check(); err != nil {
		return Issued{}, fmt.Errorf("issuing a token for the service account %s/%s: %w", r.Namespace, r.ServiceAccount.Name, err)
	}
	// Claims count in whole seconds; everything is derived from the same one.
	now := i.now().Truncate(time.Second)
	c := claims{
		Claims: jwt.Claims{
			Issuer:    i.name,
			Subject:   access.ServiceAccountUser(r.Namespace, r.ServiceAccount.Name),
			Expiry:    jwt.NewNumericDate(now.Add(r.TTL)),
			NotBefore: jwt.NewNumericDate(now),
			IssuedAt:  jwt.NewNumericDate(now),
			ID:        string(uuid.NewUUID()),
		},
		Audience:   r.Audiences,
		Kubernetes: private{Namespace: r.Namespace, ServiceAccount: r.ServiceAccount, Pod: r.Pod, Secret: r.Secret, Node: r.Node},
	}
	if r.TTL == mountedTTL && r.Pod != nil && i.onlyAPIServer(r.Audiences) {
		c.Kubernetes.WarnAfter = c.Expiry
		c.Expiry = jwt.NewNumericDate(now.Add(extendedTTL))
	}
	signed, err := i.sign(&c)
	if err != nil {
		return Issued{}, fmt.Errorf("signing a token for %s: %w", c.Subject, err)
	}
	return Issued{Token: signed, Audiences: r.Audiences, Expires: now.Add(r.TTL), ID: c.ID}, nil
}

func (i *Issuer) sign(c *claims) (string, error) {
	payload, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	signature, err := i.keys.signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signature.CompactSerialize()
}

// onlyAPIServer is true if a token for these audiences is for nobody but the API server.
func (i *Issuer) onlyAPIServer(audiences []string) bool {
	return !slices.ContainsFunc(audiences, func(a string) bool { return !slices.Contains(i.audiences, a) })
}

func (r *Request) check() error {
	if r.Namespace == "" || r.ServiceAccount.Name == "" || r.ServiceAccount.UID == "" {
		return errors.New("its namespace, name or UID is missing")
	}
	if r.TTL < MinTTL || r.TTL > MaxTTL {
		return fmt.Errorf("asked to be valid for %v, may be from %v to 2^32 seconds", r.TTL, MinTTL)
	}
	if r.Secret != nil && (r.Pod != nil || r.Node != nil) {
		return errors.New("it cannot be bound to a Secret and to something else")
	}
	return nil
}

func orIssuer(audiences []string, issuer string) []string {
	if len(audiences) == 0 {
		return []string{issuer}
	}
	return slices.Clone(audiences)
}

func orClock(now func() time.Time) func() time.Time {
	if now == nil {
		return time.Now
	}
	return now
}
