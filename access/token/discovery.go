package token

import (
	"encoding/json"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// Where the two documents are served and as what. Both may be kept by their readers for CacheControl.
const (
	DiscoveryPath        = "/.well-known/openid-configuration"
	JWKSPath             = "/openid/v1/jwks"
	DiscoveryContentType = "application/json"
	JWKSContentType      = "application/jwk-set+json"
	CacheControl         = "public, max-age=3600"
)

// Discovery is the OpenID provider configuration (OpenID Connect Discovery 1.0, as far as tokens of service accounts need
// it), as JSON. server is the API server's address for clients, for example https://192.0.2.7:6443.
func (k *Keys) Discovery(issuer, server string) ([]byte, error) {
	document := struct {
		Issuer        string                    `json:"issuer"`
		JWKS          string                    `json:"jwks_uri"`
		ResponseTypes []string                  `json:"response_types_supported"`
		SubjectTypes  []string                  `json:"subject_types_supported"`
		Algorithms    []jose.SignatureAlgorithm `json:"id_token_signing_alg_values_supported"`
	}{issuer, server + JWKSPath, []string{"id_token"}, []string{"public"}, k.algorithms}
	data, err := json.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("encoding the OpenID configuration: %w", err)
	}
	return data, nil
}

// JWKS is the set of keys that verify tokens, the signing key first, as JSON (RFC 7517).
func (k *Keys) JWKS() ([]byte, error) {
	data, err := json.Marshal(jose.JSONWebKeySet{Keys: k.verifying})
	if err != nil {
		return nil, fmt.Errorf("encoding the keys of service account tokens: %w", err)
	}
	return data, nil
}
