package token

import (
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"argosy.dev/access"
)

func request(t *testing.T, spec string) *authenticationv1.TokenRequest {
	t.Helper()
	r := &authenticationv1.TokenRequest{}
	if err := json.Unmarshal([]byte(spec), r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnswer(t *testing.T) {
	tests := []struct {
		name, request, want string
		extra               []string // of the user that the token makes
	}{
		{"defaults", `{"spec":{}}`, `{"audiences":["` + DefaultIssuer + `"],"expirationSeconds":3600,"boundObjectRef":null}`, nil},
		{"names repeated", `{"metadata":{"name":"cart","namespace":"shop"},"spec":{"expirationSeconds":600}}`,
			`{"audiences":["` + DefaultIssuer + `"],"expirationSeconds":600,"boundObjectRef":null}`, nil},
		{"Pod", `{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"cart-0","uid":"pod-1"}}}`,
			`{"audiences":["` + DefaultIssuer + `"],"expirationSeconds":3600,"boundObjectRef":{"kind":"Pod","apiVersion":"v1","name":"cart-0","uid":"pod-1"}}`,
			[]string{access.PodNameKey, access.PodUIDKey, access.NodeNameKey, access.NodeUIDKey}},
		{"Secret", `{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Secret","name":"cart-token"}}}`,
			`{"audiences":["` + DefaultIssuer + `"],"expirationSeconds":3600,"boundObjectRef":{"kind":"Secret","apiVersion":"v1","name":"cart-token"}}`, nil},
		{"Node", `{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Node","name":"node-1"}}}`,
			`{"audiences":["` + DefaultIssuer + `"],"expirationSeconds":3600,"boundObjectRef":{"kind":"Node","apiVersion":"v1","name":"node-1"}}`,
			[]string{access.NodeNameKey, access.NodeUIDKey}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, newECDSA(t, elliptic.P256()))
			asked := request(t, tt.request)
			untouched := asked.DeepCopy()
			got, err := w.issuer.Answer("shop", "cart", asked, w)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(untouched, asked); diff != "" {
				t.Errorf("the request was changed:\n%s", diff)
			}
			if spec, _ := json.Marshal(got.Spec); string(spec) != tt.want {
				t.Errorf("spec %s\nwant %s", spec, tt.want)
			}
			if got.Name != "cart" || got.Namespace != "shop" || got.UID != "sa-1" || got.Kind != "TokenRequest" || !got.CreationTimestamp.Time.Equal(start) {
				t.Errorf("metadata %+v", got.ObjectMeta)
			}
			verified, err := w.verifier.Verify(got.Status.Token)
			if err != nil {
				t.Fatal(err)
			}
			if !verified.Expires.Equal(got.Status.ExpirationTimestamp.Time) {
				t.Errorf("expires %v, said to expire %v", verified.Expires, got.Status.ExpirationTimestamp)
			}
			for _, key := range tt.extra {
				if len(verified.User.Extra[key]) != 1 {
					t.Errorf("the user has no %s: %v", key, verified.User.Extra)
				}
			}
			if len(verified.User.Extra) != len(tt.extra)+1 {
				t.Errorf("extra %v", verified.User.Extra)
			}
		})
	}
}

func TestAnswerRefuses(t *testing.T) {
	bound := func(ref string) string { return `{"spec":{"boundObjectRef":{` + ref + `}}}` }
	tests := []struct {
		name, account, request string
		code                   int32
		message                string
	}{
		{"no such account", "absent", `{}`, 404, `serviceaccounts "absent" not found`},
		{"too short", "cart", `{"spec":{"expirationSeconds":5}}`, 422,
			`TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes`},
		{"too long", "cart", `{"spec":{"expirationSeconds":9999999999}}`, 422,
			`TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 9999999999: may not specify a duration larger than 2^32 seconds`},
		{"another name", "cart", `{"metadata":{"name":"other"}}`, 422,
			`TokenRequest.authentication.k8s.io "cart" is invalid: metadata.name: Invalid value: "other": must match the service account name if specified`},
		{"another namespace", "cart", `{"metadata":{"namespace":"other"}}`, 422,
			`TokenRequest.authentication.k8s.io "cart" is invalid: metadata.namespace: Invalid value: "other": must match the service account namespace if specified`},
		{"no such Pod", "cart", bound(`"apiVersion":"v1","kind":"Pod","name":"absent"`), 404, `pods "absent" not found`},
		{"no such Node", "cart", bound(`"apiVersion":"v1","kind":"Node","name":"absent"`), 404, `nodes "absent" not found`},
		{"a kind that cannot be", "cart", bound(`"apiVersion":"v1","kind":"ConfigMap","name":"x"`), 400, `cannot bind token to object of type /v1, Kind=ConfigMap`},
		{"a Pod of another group", "cart", bound(`"apiVersion":"metrics.k8s.io/v1","kind":"Pod","name":"cart-0"`), 400,
			`cannot bind token to object of type metrics.k8s.io/v1, Kind=Pod`},
		{"another Pod of that name", "cart", bound(`"apiVersion":"v1","kind":"Pod","name":"cart-0","uid":"0"`), 409,
			`Operation cannot be fulfilled on Pod "cart-0": the UID in the bound object reference (0) does not match the UID in record. The object might have been deleted and then recreated`},
		{"a Pod of another account", "cart", bound(`"apiVersion":"v1","kind":"Pod","name":"till-0"`), 400,
			`cannot bind token for serviceaccount "cart" to pod running with different serviceaccount name.`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, newECDSA(t, elliptic.P256()))
			w.objects["Pod shop/till-0"] = Object{UID: "pod-2", ServiceAccount: "till"}
			got, err := w.issuer.Answer("shop", tt.account, request(t, tt.request), w)
			var status apierrors.APIStatus
			if !errors.As(err, &status) || got != nil {
				t.Fatalf("got %v, %v", got, err)
			}
			if s := status.Status(); s.Code != tt.code || s.Message != tt.message {
				t.Errorf("%d %s\nwant %d %s", s.Code, s.Message, tt.code, tt.message)
			}
		})
	}
}

// A Pod that no node has yet, or whose node is not known yet, gets a token all the same.
func TestAnswerForAPodWithoutNode(t *testing.T) {
	for _, node := range []string{"", "new-node"} {
		w := newWorld(t, newECDSA(t, elliptic.P256()))
		w.objects["Pod shop/cart-0"] = Object{UID: "pod-1", ServiceAccount: "cart", Node: node}
		got, err := w.issuer.Answer("shop", "cart", request(t, `{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"cart-0"}}}`), w)
		if err != nil {
			t.Fatal(err)
		}
		verified, err := w.verifier.Verify(got.Status.Token)
		if err != nil {
			t.Fatal(err)
		}
		if name := strings.Join(verified.User.Extra[access.NodeNameKey], ""); name != node || verified.User.Extra[access.NodeUIDKey] != nil {
			t.Errorf("node %q: %v", node, verified.User.Extra)
		}
	}
}
