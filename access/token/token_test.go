package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"argosy.dev/access"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// world is a cluster, a clock and the keys.
type world struct {
	mu      sync.Mutex
	objects map[string]Object
	now     time.Time

	keys     *Keys
	issuer   *Issuer
	verifier *Verifier
}

func (w *world) Find(kind Kind, namespace, name string) (Object, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	o, ok := w.objects[string(kind)+" "+namespace+"/"+name]
	return o, ok
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func newECDSA(t testing.TB, curve elliptic.Curve) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newWorld(t testing.TB, signing crypto.Signer, accepted ...crypto.PublicKey) *world {
	t.Helper()
	keys, err := NewKeys(signing, accepted...)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{now: start, keys: keys, objects: map[string]Object{
		"ServiceAccount shop/cart": {UID: "sa-1"},
		"Pod shop/cart-0":          {UID: "pod-1", ServiceAccount: "cart", Node: "node-1"},
		"Secret shop/cart-token":   {UID: "secret-1"},
		"Node /node-1":             {UID: "node-1-uid"},
	}}
	w.issuer = NewIssuer(DefaultIssuer, nil, keys, w.clock)
	w.verifier = NewVerifier(DefaultIssuer, nil, keys, w, w.clock)
	return w
}

// again is a verifier that remembers nothing.
func (w *world) again() *Verifier { return NewVerifier(DefaultIssuer, nil, w.keys, w, w.clock) }

func cart() Request {
	return Request{Namespace: "shop", ServiceAccount: Ref{"cart", "sa-1"}}
}

func (w *world) issue(t testing.TB, r Request) Issued {
	t.Helper()
	issued, err := w.issuer.Issue(r)
	if err != nil {
		t.Fatal(err)
	}
	return issued
}

// payload is what a token carries, unverified.
func payload(t *testing.T, token string) map[string]any {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestClaimsAreThoseOfKubernetes(t *testing.T) {
	w := newWorld(t, newECDSA(t, elliptic.P256()))
	at := float64(start.Unix())
	ref := func(name, uid string) map[string]any { return map[string]any{"name": name, "uid": uid} }
	common := func(exp float64, extra map[string]any) map[string]any {
		kubernetes := map[string]any{"namespace": "shop", "serviceaccount": ref("cart", "sa-1")}
		for k, v := range extra {
			kubernetes[k] = v
		}
		return map[string]any{"iss": DefaultIssuer, "sub": "system:serviceaccount:shop:cart", "aud": []any{DefaultIssuer},
			"iat": at, "nbf": at, "exp": exp, "kubernetes.io": kubernetes}
	}
	tests := []struct {
		name    string
		change  func(*Request)
		want    map[string]any
		expires time.Duration
	}{
		{"plain", func(*Request) {}, common(at+3600, nil), time.Hour},
		{"Secret", func(r *Request) { r.Secret = &Ref{"cart-token", "secret-1"}; r.TTL = MinTTL },
			common(at+600, map[string]any{"secret": ref("cart-token", "secret-1")}), MinTTL},
		{"Node", func(r *Request) { r.Node = &Ref{"node-1", "node-1-uid"} },
			common(at+3600, map[string]any{"node": ref("node-1", "node-1-uid")}), time.Hour},
		{"longest", func(r *Request) { r.TTL = MaxTTL }, common(at+1<<32, nil), MaxTTL},
		{"a Pod's own", func(r *Request) {
			r.Pod, r.Node, r.TTL = &Ref{"cart-0", "pod-1"}, &Ref{"node-1", "node-1-uid"}, 3607*time.Second
		}, common(at+365*24*3600, map[string]any{"pod": ref("cart-0", "pod-1"), "node": ref("node-1", "node-1-uid"), "warnafter": at + 3607}),
			3607 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := cart()
			tt.change(&r)
			issued := w.issue(t, r)
			got := payload(t, issued.Token)
			if got["jti"] != issued.ID || issued.ID == "" {
				t.Errorf("jti %v, ID %q", got["jti"], issued.ID)
			}
			delete(got, "jti")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
			if !issued.Expires.Equal(start.Add(tt.expires)) {
				t.Errorf("expires %v", issued.Expires)
			}
			if _, err := w.verifier.Verify(issued.Token); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOnlyAPodsOwnTokenIsExtended(t *testing.T) {
	w := newWorld(t, newECDSA(t, elliptic.P256()))
	for name, change := range map[string]func(*Request){
		"not for a Pod":    func(r *Request) {},
		"another audience": func(r *Request) { r.Pod, r.Audiences = &Ref{"cart-0", "pod-1"}, []string{DefaultIssuer, "vault"} },
		"another time":     func(r *Request) { r.Pod, r.TTL = &Ref{"cart-0", "pod-1"}, 3608*time.Second },
	} {
		r := cart()
		r.TTL = 3607 * time.Second
		change(&r)
		got := payload(t, w.issue(t, r).Token)
		if got["exp"] != float64(start.Add(r.TTL).Unix()) {
			t.Errorf("%s: expires at %v", name, got["exp"])
		}
	}
}

func TestIssueRefuses(t *testing.T) {
	w := newWorld(t, newECDSA(t, elliptic.P256()))
	for name, change := range map[string]func(*Request){
		"too short":      func(r *Request) { r.TTL = MinTTL - time.Second },
		"negative":       func(r *Request) { r.TTL = -time.Hour },
		"too long":       func(r *Request) { r.TTL = MaxTTL + time.Second },
		"no namespace":   func(r *Request) { r.Namespace = "" },
		"no UID":         func(r *Request) { r.ServiceAccount.UID = "" },
		"Secret and Pod": func(r *Request) { r.Secret, r.Pod = &Ref{"s", "1"}, &Ref{"p", "1"} },
	} {
		r := cart()
		change(&r)
		if issued, err := w.issuer.Issue(r); err == nil || issued.Token != "" {
			t.Errorf("%s: issued %v", name, issued)
		}
	}
}

func TestUser(t *testing.T) {
	w := newWorld(t, newECDSA(t, elliptic.P256()))
	r := cart()
	r.Pod, r.Node = &Ref{"cart-0", "pod-1"}, &Ref{"node-1", "node-1-uid"}
	issued := w.issue(t, r)
	got, err := w.verifier.Verify(issued.Token)
	if err != nil {
		t.Fatal(err)
	}
	want := &Verified{
		User: &access.User{
			Name:   "system:serviceaccount:shop:cart",
			UID:    "sa-1",
			Groups: []string{"system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"},
			Extra: map[string][]string{
				"authentication.kubernetes.io/credential-id": {"JTI=" + issued.ID},
				"authentication.kubernetes.io/pod-name":      {"cart-0"},
				"authentication.kubernetes.io/pod-uid":       {"pod-1"},
				"authentication.kubernetes.io/node-name":     {"node-1"},
				"authentication.kubernetes.io/node-uid":      {"node-1-uid"},
			},
		},
		Audiences: []string{DefaultIssuer},
		Expires:   start.Add(time.Hour),
	}
	got.Expires = got.Expires.UTC()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEveryKindOfKey(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for alg, key := range map[string]crypto.Signer{"ES256": newECDSA(t, elliptic.P256()), "ES384": newECDSA(t, elliptic.P384()),
		"ES512": newECDSA(t, elliptic.P521()), "RS256": rsaKey} {
		w := newWorld(t, key)
		issued := w.issue(t, cart())
		if _, err := w.verifier.Verify(issued.Token); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
		header, _ := base64.RawURLEncoding.DecodeString(strings.Split(issued.Token, ".")[0])
		if want := `{"alg":"` + alg + `","kid":"` + w.keys.verifying[0].KeyID + `"}`; string(header) != want {
			t.Errorf("header %s, want %s", header, want)
		}
	}
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]crypto.Signer{"weak RSA": weak, "P-224": newECDSA(t, elliptic.P224()), "none": nil} {
		if _, err := NewKeys(key); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestRotation(t *testing.T) {
	oldKey, newKey := newECDSA(t, elliptic.P256()), newECDSA(t, elliptic.P256())
	before := newWorld(t, oldKey).issue(t, cart()).Token
	if _, err := newWorld(t, newKey, oldKey.Public()).verifier.Verify(before); err != nil {
		t.Errorf("while the old key is accepted: %v", err)
	}
	if _, err := newWorld(t, newKey).verifier.Verify(before); err == nil || errors.Is(err, ErrNotOurs) {
		t.Errorf("after the old key is gone: %v", err)
	}
}

func TestDocuments(t *testing.T) {
	oldKey, newKey := newECDSA(t, elliptic.P384()), newECDSA(t, elliptic.P256())
	keys, err := NewKeys(newKey, oldKey.Public(), newKey.Public())
	if err != nil {
		t.Fatal(err)
	}
	document, err := keys.Discovery(DefaultIssuer, "https://192.0.2.7:6443")
	if err != nil {
		t.Fatal(err)
	}
	want := `{"issuer":"https://kubernetes.default.svc.cluster.local","jwks_uri":"https://192.0.2.7:6443/openid/v1/jwks",` +
		`"response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["ES256","ES384"]}`
	if string(document) != want {
		t.Errorf("discovery %s\nwant %s", document, want)
	}

	data, err := keys.JWKS()
	if err != nil {
		t.Fatal(err)
	}
	var set struct {
		Keys []map[string]string `json:"keys"`
	}
	if err := json.Unmarshal(data, &set); err != nil || len(set.Keys) != 2 {
		t.Fatalf("%s: %v", data, err)
	}
	for i, curve := range []string{"P-256", "P-384"} {
		key := set.Keys[i]
		names := slices.Sorted(func(yield func(string) bool) {
			for name := range key {
				if !yield(name) {
					return
				}
			}
		})
		if !slices.Equal(names, []string{"alg", "crv", "kid", "kty", "use", "x", "y"}) || key["crv"] != curve || key["use"] != "sig" {
			t.Errorf("key %d: %v", i, key)
		}
	}
}
