package token

import (
	"crypto/elliptic"
	"testing"
	"time"
)

// secretsOnly is a Lookup of one account and one Secret, as a test leaves them.
type secretsOnly struct {
	account Object
	secret  Object
	gone    bool
}

func (s *secretsOnly) Find(kind Kind, namespace, name string) (Object, bool) {
	switch {
	case namespace != "shop":
	case kind == ServiceAccount && name == "cart":
		return s.account, true
	case kind == Secret && name == "cart-token":
		return s.secret, !s.gone
	}
	return Object{}, false
}

func newTestKeys(t *testing.T) *Keys {
	t.Helper()
	keys, err := NewKeys(newECDSA(t, elliptic.P256()))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestTokenOfSecret(t *testing.T) {
	keys := newTestKeys(t)
	issuer := NewIssuer(DefaultIssuer, nil, keys, nil)
	good, err := issuer.IssueForSecret("shop", Ref{Name: "cart", UID: "1"}, "cart-token")
	if err != nil {
		t.Fatal(err)
	}
	other, err := issuer.IssueForSecret("shop", Ref{Name: "cart", UID: "0"}, "cart-token")
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := NewIssuer(DefaultIssuer, nil, newTestKeys(t), nil).IssueForSecret("shop", Ref{Name: "cart", UID: "1"}, "cart-token")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, token string
		audiences   []string
		edit        func(*secretsOnly)
		good        bool
	}{
		{"good", good, nil, func(*secretsOnly) {}, true},
		{"for the API server", good, []string{"x", DefaultIssuer}, func(*secretsOnly) {}, true},
		{"for others", good, []string{"x"}, func(*secretsOnly) {}, false},
		{"the secret is gone", good, nil, func(s *secretsOnly) { s.gone = true }, false},
		{"the secret is going", good, nil, func(s *secretsOnly) { s.secret.Deleted = time.Now() }, false},
		{"the secret holds another", good, nil, func(s *secretsOnly) { s.secret.Token = []byte(other) }, false},
		{"the secret holds none", good, nil, func(s *secretsOnly) { s.secret.Token = nil }, false},
		{"the account is another", good, nil, func(s *secretsOnly) { s.account.UID = "2" }, false},
		{"of an account that was", other, nil, func(s *secretsOnly) { s.secret.Token = []byte(other) }, false},
		{"signed by others", foreign, nil, func(s *secretsOnly) { s.secret.Token = []byte(foreign) }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &secretsOnly{account: Object{UID: "1"}, secret: Object{UID: "s", Token: []byte(good)}}
			tt.edit(s)
			v, err := NewVerifier(DefaultIssuer, nil, keys, s, nil).Verify(tt.token, tt.audiences...)
			if (err == nil) != tt.good {
				t.Fatalf("got %v, %v", v, err)
			}
			if tt.good && (v.User.Name != "system:serviceaccount:shop:cart" || v.User.UID != "1" || len(v.Audiences) != 1) {
				t.Errorf("got %+v", v.User)
			}
		})
	}
	if _, err := issuer.IssueForSecret("shop", Ref{Name: "cart"}, "x"); err == nil {
		t.Error("issued for an account without a UID")
	}
}
