package identity

import "context"

// User is who makes a request, as authentication found out. It is never changed after it was made.
type User struct {
	Name   string
	UID    string
	Groups []string
	Extra  map[string][]string
}

type key struct{}

// NewContext returns a context that carries u.
func NewContext(ctx context.Context, u *User) context.Context {
	return context.WithValue(ctx, key{}, u)
}

// FromContext returns the user of the request; nil where nobody was identified.
func FromContext(ctx context.Context) *User {
	u, _ := ctx.Value(key{}).(*User)
	return u
}
