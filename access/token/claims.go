package token

import (
	"errors"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"

	"argosy.dev/access"
)

// Ref is one object of the cluster as a token names it.
type Ref struct {
	Name string `json:"name"`
	UID  string `json:"uid,omitempty"`
}

// claims are a token's content.
type claims struct {
	jwt.Claims
	Audience   audience `json:"aud"` // in place of the one in Claims
	Kubernetes private  `json:"kubernetes.io"`
}

// audience is always written as a list, as Kubernetes does; the library writes a list of one as a string.
type audience []string

// UnmarshalJSON reads a list or a string.
func (a *audience) UnmarshalJSON(data []byte) error { return (*jwt.Audience)(a).UnmarshalJSON(data) }

// private is what Kubernetes adds to the registered claims.
type private struct {
	Namespace      string           `json:"namespace"`
	ServiceAccount Ref              `json:"serviceaccount"`
	Pod            *Ref             `json:"pod,omitempty"`
	Secret         *Ref             `json:"secret,omitempty"`
	Node           *Ref             `json:"node,omitempty"`
	WarnAfter      *jwt.NumericDate `json:"warnafter,omitempty"`
}

// check refuses claims that no issuer of ours would have signed.
func (c *claims) check() error {
	k := &c.Kubernetes
	switch {
	case c.Expiry == nil:
		return errors.New("the token never expires")
	case k.Namespace == "" || k.ServiceAccount.Name == "" || k.ServiceAccount.UID == "":
		return errors.New("the token names no service account")
	case c.Subject != access.ServiceAccountUser(k.Namespace, k.ServiceAccount.Name):
		return errors.New("the token's subject is not its service account")
	}
	return nil
}

// checkTime allows what another clock's minute ahead or behind explains.
func (c *claims) checkTime(now time.Time) error {
	err := c.ValidateWithLeeway(jwt.Expected{Time: now}, leeway)
	switch {
	case errors.Is(err, jwt.ErrExpired):
		return errors.New("service account token has expired")
	case errors.Is(err, jwt.ErrNotValidYet), errors.Is(err, jwt.ErrIssuedInTheFuture):
		return errors.New("service account token is not valid yet; do the clocks agree?")
	}
	return err
}

// common are the audiences in both lists, in the order of wanted.
func (c *claims) common(wanted []string) []string {
	var both []string
	for _, a := range wanted {
		if slices.Contains(c.Audience, a) {
			both = append(both, a)
		}
	}
	return both
}

// user is the identity that the claims amount to.
func (c *claims) user() *access.User {
	k := &c.Kubernetes
	u := &access.User{
		Name:   c.Subject,
		UID:    k.ServiceAccount.UID,
		Groups: append(access.ServiceAccountGroups(k.Namespace), access.Authenticated),
		Extra:  map[string][]string{},
	}
	if c.ID != "" {
		u.Extra[access.CredentialIDKey] = []string{"JTI=" + c.ID}
	}
	if k.Pod != nil {
		u.Extra[access.PodNameKey], u.Extra[access.PodUIDKey] = []string{k.Pod.Name}, []string{k.Pod.UID}
	}
	if k.Node != nil {
		u.Extra[access.NodeNameKey] = []string{k.Node.Name}
		if k.Node.UID != "" {
			u.Extra[access.NodeUIDKey] = []string{k.Node.UID}
		}
	}
	return u
}
