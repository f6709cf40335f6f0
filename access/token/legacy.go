package token

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4/jwt"

	"argosy.dev/access"
)

// legacyIssuer signs the tokens that Secrets hold. They never expire: a token is good as long as its Secret holds it.
const legacyIssuer = "kubernetes/serviceaccount"

// legacy are the claims of such a token.
type legacy struct {
	Issuer    string `json:"iss"`
	Namespace string `json:"kubernetes.io/serviceaccount/namespace"`
	Secret    string `json:"kubernetes.io/serviceaccount/secret.name"`
	Account   string `json:"kubernetes.io/serviceaccount/service-account.name"`
	UID       string `json:"kubernetes.io/serviceaccount/service-account.uid"`
	Subject   string `json:"sub"`
}

// IssueForSecret makes the token that a Secret of the type kubernetes.io/service-account-token holds.
func (i *Issuer) IssueForSecret(namespace string, account Ref, secret string) (string, error) {
	if namespace == "" || account.Name == "" || account.UID == "" || secret == "" {
		return "", fmt.Errorf("issuing a token for the secret %s/%s: its namespace, name, or the service account's name or UID is missing", namespace, secret)
	}
	payload, err := json.Marshal(legacy{Issuer: legacyIssuer, Namespace: namespace, Secret: secret, Account: account.Name, UID: account.UID,
		Subject: access.ServiceAccountUser(namespace, account.Name)})
	if err != nil {
		return "", fmt.Errorf("encoding the token of the secret %s/%s: %w", namespace, secret, err)
	}
	signature, err := i.keys.signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("signing the token of the secret %s/%s: %w", namespace, secret, err)
	}
	return signature.CompactSerialize()
}

// verifyLegacy verifies a token whose issuer is legacyIssuer. Nothing of it is remembered: the Secret is compared each time.
func (v *Verifier) verifyLegacy(token string, parsed *jwt.JSONWebToken, audiences []string) (*Verified, error) {
	header := parsed.Headers[0]
	key, ok := v.keys.find(header.KeyID)
	if !ok || header.Algorithm != key.Algorithm {
		return nil, fmt.Errorf("the token is signed with the unknown key %q", header.KeyID)
	}
	var c legacy
	if err := parsed.Claims(key.Key, &c); err != nil {
		return nil, fmt.Errorf("the token's signature or content is wrong: %w", err)
	}
	if c.Issuer != legacyIssuer || c.Namespace == "" || c.Account == "" || c.UID == "" || c.Secret == "" || c.Subject != access.ServiceAccountUser(c.Namespace, c.Account) {
		return nil, errors.New("the token names no service account")
	}
	all := claims{Audience: v.audiences}
	common := all.common(audiences)
	if len(common) == 0 {
		return nil, wrongAudience(v.audiences, audiences)
	}
	if err := v.checkObject(ServiceAccount, c.Namespace, Ref{Name: c.Account, UID: c.UID}, v.now()); err != nil {
		return nil, err
	}
	secret, ok := v.lookup.Find(Secret, c.Namespace, c.Secret)
	if !ok || !secret.Deleted.IsZero() || subtle.ConstantTimeCompare(secret.Token, []byte(token)) != 1 {
		return nil, errors.New("service account token has been invalidated")
	}
	return &Verified{Audiences: common, User: &access.User{Name: c.Subject, UID: c.UID, Groups: append(access.ServiceAccountGroups(c.Namespace), access.Authenticated)}}, nil
}
