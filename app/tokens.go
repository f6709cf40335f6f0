package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/access/certificates"
	"argosy.dev/access/token"
	"argosy.dev/kinds"
	"argosy.dev/resource"
)

// tokens issues and verifies service accounts' tokens.
type tokens struct {
	keys     *token.Keys
	issuer   *token.Issuer
	verifier *token.Verifier
	objects  token.Lookup
}

func newTokens(pki *certificates.PKI, objects token.Lookup) (*tokens, error) {
	k := pki.TokenKeys()
	keys, err := token.NewKeys(k.Signing, k.Accepted...)
	if err != nil {
		return nil, fmt.Errorf("preparing the key of service account tokens: %w", err)
	}
	audiences := []string{token.DefaultIssuer}
	return &tokens{keys: keys, objects: objects,
		issuer:   token.NewIssuer(token.DefaultIssuer, audiences, keys, time.Now),
		verifier: token.NewVerifier(token.DefaultIssuer, audiences, keys, objects, time.Now)}, nil
}

// answer answers a TokenRequest.
func (t *tokens) answer(_ context.Context, target resource.Target, question kinds.Object) (runtime.Object, error) {
	request, ok := question.(*authenticationv1.TokenRequest)
	if !ok {
		return nil, apierrors.NewBadRequest(fmt.Sprintf("%T is no TokenRequest", question))
	}
	return t.issuer.Answer(target.Namespace, target.Name, request, t.objects)
}

// sign makes the token that a Secret holds.
func (t *tokens) sign(account *corev1.ServiceAccount, secret string) (string, error) {
	return t.issuer.IssueForSecret(account.Namespace, token.Ref{Name: account.Name, UID: string(account.UID)}, secret)
}

// documents are what others verify the tokens by.
func (t *tokens) documents(address string) (map[string]http.Handler, error) {
	discovery, err := t.keys.Discovery(token.DefaultIssuer, address)
	if err != nil {
		return nil, fmt.Errorf("making the token issuer's discovery document: %w", err)
	}
	jwks, err := t.keys.JWKS()
	if err != nil {
		return nil, fmt.Errorf("making the token issuer's key document: %w", err)
	}
	return map[string]http.Handler{
		token.DiscoveryPath: document(token.DiscoveryContentType, discovery),
		token.JWKSPath:      document(token.JWKSContentType, jwks),
	}, nil
}

func document(media string, data json.RawMessage) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		w.Header().Set("Cache-Control", token.CacheControl)
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
		_, _ = w.Write(data) // the client may be gone
	})
}
