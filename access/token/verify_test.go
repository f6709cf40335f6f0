package token

import (
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

func TestTimes(t *testing.T) {
	tests := []struct {
		name  string
		after time.Duration
		good  bool
	}{
		{"at once", 0, true},
		{"a clock half a minute behind", -30 * time.Second, true},
		{"a clock two minutes behind", -2 * time.Minute, false},
		{"just before the end", time.Hour - time.Second, true},
		{"within the leeway after the end", time.Hour + 59*time.Second, true},
		{"after the end", time.Hour + 61*time.Second, false},
	}
	for _, tt := range tests {
		for _, remembered := range []bool{false, true} {
			w := newWorld(t, newECDSA(t, elliptic.P256()))
			issued := w.issue(t, cart())
			if remembered {
				if _, err := w.verifier.Verify(issued.Token); err != nil {
					t.Fatal(err)
				}
			}
			w.now = start.Add(tt.after)
			if _, err := w.verifier.Verify(issued.Token); (err == nil) != tt.good || errors.Is(err, ErrNotOurs) {
				t.Errorf("%s, remembered %v: %v", tt.name, remembered, err)
			}
		}
	}
}

func TestStale(t *testing.T) {
	w := newWorld(t, newECDSA(t, elliptic.P256()))
	r := cart()
	r.Pod, r.TTL = &Ref{"cart-0", "pod-1"}, 3607*time.Second
	issued := w.issue(t, r)
	for after, want := range map[time.Duration]bool{time.Hour: false, 2 * time.Hour: true, 364 * 24 * time.Hour: true} {
		w.now = start.Add(after)
		got, err := w.verifier.Verify(issued.Token)
		if err != nil || got.Stale != want {
			t.Errorf("after %v: %+v, %v", after, got, err)
		}
	}
}

func TestAudiences(t *testing.T) {
	w := newWorld(t, newECDSA(t, elliptic.P256()))
	r := cart()
	r.Audiences = []string{"vault", "mail"}
	issued := w.issue(t, r)
	if _, err := w.verifier.Verify(issued.Token); err == nil {
		t.Error("the API server took a token for others")
	}
	got, err := w.verifier.Verify(issued.Token, "post", "mail")
	if err != nil || len(got.Audiences) != 1 || got.Audiences[0] != "mail" {
		t.Errorf("%+v, %v", got, err)
	}
	// Remembering the token must not make it good for the API server.
	if _, err := w.verifier.Verify(issued.Token); err == nil {
		t.Error("the API server took a token for others after it was remembered")
	}
	if _, err := w.verifier.Verify(w.issue(t, cart()).Token, "mail"); err == nil {
		t.Error("others took a token for the API server")
	}
}

func TestWhatTheTokenDependsOn(t *testing.T) {
	bound := map[string]func(*Request){
		"nothing": func(*Request) {},
		"Pod": func(r *Request) {
			r.Pod, r.Node = &Ref{"cart-0", "pod-1"}, &Ref{"node-1", "node-1-uid"}
		},
		"Secret": func(r *Request) { r.Secret = &Ref{"cart-token", "secret-1"} },
		"Node":   func(r *Request) { r.Node = &Ref{"node-1", "node-1-uid"} },
	}
	const account, pod, secret, node = "ServiceAccount shop/cart", "Pod shop/cart-0", "Secret shop/cart-token", "Node /node-1"
	tests := []struct {
		bound, object string
		good          bool // without that object
	}{
		{"nothing", account, false}, {"nothing", pod, true},
		{"Pod", account, false}, {"Pod", pod, false}, {"Pod", node, true},
		{"Secret", account, false}, {"Secret", secret, false},
		{"Node", account, false}, {"Node", node, false}, {"Node", pod, true},
	}
	for _, tt := range tests {
		w := newWorld(t, newECDSA(t, elliptic.P256()))
		r := cart()
		bound[tt.bound](&r)
		issued := w.issue(t, r)
		present := w.objects[tt.object]
		check := func(what string, want bool) {
			t.Helper()
			for name, v := range map[string]*Verifier{"new": w.again(), "remembering": w.verifier} {
				if _, err := v.Verify(issued.Token); (err == nil) != want {
					t.Errorf("bound to %s, %s %s, %s verifier: %v", tt.bound, tt.object, what, name, err)
				}
			}
		}
		check("there", true)
		w.objects[tt.object] = Object{UID: "another"}
		check("replaced", tt.good)
		w.objects[tt.object] = Object{UID: present.UID, Deleted: start.Add(-30 * time.Second)}
		check("being deleted", true)
		w.objects[tt.object] = Object{UID: present.UID, Deleted: start.Add(-2 * time.Minute)}
		check("deleted long ago", tt.good)
		delete(w.objects, tt.object)
		check("gone", tt.good)
	}
}

// sign makes a token of any content.
func sign(t testing.TB, key jose.SigningKey, kid string, content any) string {
	t.Helper()
	options := (&jose.SignerOptions{}).WithHeader("kid", kid)
	signer, err := jose.NewSigner(key, options)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := signer.Sign(data)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signature.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestForgeries(t *testing.T) {
	key := newECDSA(t, elliptic.P256())
	w := newWorld(t, key)
	good := w.issue(t, cart()).Token
	parts := strings.Split(good, ".")
	kid := w.keys.verifying[0].KeyID
	own := jose.SigningKey{Algorithm: jose.ES256, Key: key}
	content := func(change func(map[string]any)) map[string]any {
		c := payload(t, good)
		change(c)
		return c
	}
	encode := base64.RawURLEncoding.EncodeToString
	kubernetes := func(c map[string]any) map[string]any { return c["kubernetes.io"].(map[string]any) }
	unchanged := func(map[string]any) {}
	jwks, _ := w.keys.JWKS()

	tests := []struct {
		name, token string
		notOurs     bool
	}{
		{"empty", "", true},
		{"garbage", "abc", true},
		{"three dots", "...", true},
		{"no signature", parts[0] + "." + parts[1] + ".", false},
		{"alg none", encode([]byte(`{"alg":"none"}`)) + "." + parts[1] + ".", true},
		{"HMAC with the public key", sign(t, jose.SigningKey{Algorithm: jose.HS256, Key: jwks}, kid, content(unchanged)), true},
		{"another key, our kid", sign(t, jose.SigningKey{Algorithm: jose.ES256, Key: newECDSA(t, elliptic.P256())}, kid, content(unchanged)), false},
		{"unknown kid", sign(t, own, "other", content(unchanged)), false},
		{"no kid", sign(t, own, "", content(unchanged)), false},
		{"changed content", parts[0] + "." + encode([]byte(`{"iss":"`+DefaultIssuer+`","sub":"system:serviceaccount:shop:admin"}`)) + "." + parts[2], false},
		{"another issuer", sign(t, own, kid, content(func(c map[string]any) { c["iss"] = "https://example.com" })), true},
		{"no expiry", sign(t, own, kid, content(func(c map[string]any) { delete(c, "exp") })), false},
		{"no account", sign(t, own, kid, content(func(c map[string]any) { delete(c, "kubernetes.io") })), false},
		{"no UID", sign(t, own, kid, content(func(c map[string]any) { delete(kubernetes(c)["serviceaccount"].(map[string]any), "uid") })), false},
		{"another subject", sign(t, own, kid, content(func(c map[string]any) { c["sub"] = "system:serviceaccount:kube-system:cart" })), false},
		{"no audience", sign(t, own, kid, content(func(c map[string]any) { delete(c, "aud") })), false},
		{"content of another type", sign(t, own, kid, content(func(c map[string]any) { c["kubernetes.io"] = 7 })), false},
		{"too long", good + strings.Repeat("A", maxLength), false},
		{"JSON serialization", `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, true},
		{"white space", " " + good, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := w.verifier.Verify(tt.token)
			if err == nil {
				t.Fatalf("taken as %+v", got.User)
			}
			if errors.Is(err, ErrNotOurs) != tt.notOurs {
				t.Errorf("error %v; want not ours: %v", err, tt.notOurs)
			}
			if strings.Contains(err.Error(), parts[2]) {
				t.Error("the error gives the signature away")
			}
		})
	}
	if _, err := w.verifier.Verify(sign(t, own, kid, content(unchanged))); err != nil {
		t.Errorf("the unchanged content: %v", err)
	}
	if n := len(w.verifier.recent.young); n != 1 {
		t.Errorf("%d tokens are remembered, want the good one alone", n)
	}
}

func TestRecentIsBounded(t *testing.T) {
	r := newRecent(10, time.Minute)
	hash := func(i int) (h [sha256.Size]byte) { binary.LittleEndian.PutUint64(h[:], uint64(i)); return h }
	for i := range 1000 {
		r.put(hash(i), &signed{}, start)
		if _, ok := r.get(hash(0), start); !ok {
			t.Fatalf("token 0 is in constant use and was forgotten after %d others", i)
		}
		if n := len(r.young) + len(r.old); n > 20 {
			t.Fatalf("%d tokens held", n)
		}
	}
	for after, want := range map[time.Duration]bool{30 * time.Second: true, 90 * time.Second: true, 2 * time.Minute: false, time.Hour: false} {
		r := newRecent(10, time.Minute)
		r.put(hash(1), &signed{}, start)
		if _, ok := r.get(hash(1), start.Add(after)); ok != want {
			t.Errorf("remembered after %v: %v, want %v", after, ok, want)
		}
	}
}

func TestConcurrentVerify(t *testing.T) {
	w := newWorld(t, newECDSA(t, elliptic.P256()))
	tokens := make([]string, 8)
	for i := range tokens {
		tokens[i] = w.issue(t, cart()).Token
	}
	w.verifier.recent.limit = 3
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 100 {
				if _, err := w.verifier.Verify(tokens[(g+i)%len(tokens)]); err != nil {
					t.Error(err)
				}
				w.issue(t, cart())
			}
		})
	}
	all.Wait()
}

// FuzzVerify feeds tokens as a stranger would send them: none may pass but the one that was issued.
func FuzzVerify(f *testing.F) {
	w := newWorld(f, newECDSA(f, elliptic.P256()))
	good := w.issue(f, cart()).Token
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add("a.b.c")
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add(`{"payload":"e30","signatures":[]}`)
	f.Fuzz(func(t *testing.T, token string) {
		if got, err := w.again().Verify(token); err == nil && token != good {
			t.Errorf("%q is taken as %v", token, got.User)
		}
	})
}

// FuzzClaims feeds any content under a good signature: an odd one is an error, never a panic, and nobody becomes
// anything but the service account it names.
func FuzzClaims(f *testing.F) {
	key := newECDSA(f, elliptic.P256())
	w := newWorld(f, key)
	kid := w.keys.verifying[0].KeyID
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", kid))
	if err != nil {
		f.Fatal(err)
	}
	good, _ := base64.RawURLEncoding.DecodeString(strings.Split(w.issue(f, cart()).Token, ".")[1])
	f.Add(good)
	f.Add([]byte(`{"iss":"` + DefaultIssuer + `","exp":1e400,"nbf":-1,"aud":"x","kubernetes.io":null}`))
	f.Add([]byte(`{"iss":"` + DefaultIssuer + `","kubernetes.io":{"pod":{},"warnafter":9223372036854775808}}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, content []byte) {
		signature, err := signer.Sign(content)
		if err != nil {
			t.Skip()
		}
		token, err := signature.CompactSerialize()
		if err != nil {
			t.Skip()
		}
		got, err := w.again().Verify(token)
		if err == nil && got.User.Name != "system:serviceaccount:shop:cart" {
			t.Errorf("%s is taken as %v", content, got.User)
		}
	})
}

func BenchmarkIssue(b *testing.B) {
	w := newWorld(b, newECDSA(b, elliptic.P256()))
	b.ReportAllocs()
	for b.Loop() {
		w.issue(b, cart())
	}
}

func BenchmarkVerify(b *testing.B) {
	w := newWorld(b, newECDSA(b, elliptic.P256()))
	token := w.issue(b, cart()).Token
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := w.again().Verify(token); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("again", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := w.verifier.Verify(token); err != nil {
				b.Fatal(err)
			}
		}
	})
}
