package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// Keys are one key that signs and all keys that verify. A Keys value does not change.
type Keys struct {
	signer     jose.Signer
	verifying  []jose.JSONWebKey // the signing key's public half first
	algorithms []jose.SignatureAlgorithm
}

// NewKeys takes the key that signs, ECDSA (ES256, ES384, ES512) or RSA of at least 2048 bits (RS256), and further public
// keys whose tokens are still accepted.
func NewKeys(signing crypto.Signer, accepted ...crypto.PublicKey) (*Keys, error) {
	if signing == nil {
		return nil, errors.New("service account tokens need a key to sign with")
	}
	k := &Keys{}
	for _, key := range append([]crypto.PublicKey{signing.Public()}, accepted...) {
		jwk, err := publicJWK(key)
		if err != nil {
			return nil, fmt.Errorf("taking a key for service account tokens into use: %w", err)
		}
		if _, known := k.find(jwk.KeyID); known {
			continue
		}
		k.verifying = append(k.verifying, jwk)
		if alg := jose.SignatureAlgorithm(jwk.Algorithm); !slices.Contains(k.algorithms, alg) {
			k.algorithms = append(k.algorithms, alg)
		}
	}
	own := k.verifying[0]
	var err error
	k.signer, err = jose.NewSigner(jose.SigningKey{
		Algorithm: jose.SignatureAlgorithm(own.Algorithm),
		Key:       jose.JSONWebKey{Key: signing, KeyID: own.KeyID, Algorithm: own.Algorithm},
	}, nil)
	if err != nil {
		return nil, fmt.Errorf("taking the key of service account tokens into use: %w", err)
	}
	return k, nil
}

func (k *Keys) find(id string) (jose.JSONWebKey, bool) {
	for _, key := range k.verifying {
		if key.KeyID == id {
			return key, true
		}
	}
	return jose.JSONWebKey{}, false
}

// publicJWK names the key by the hash of its encoding, as Kubernetes does, so that a token made before keys were moved
// here is verified by the same name.
func publicJWK(key crypto.PublicKey) (jose.JSONWebKey, error) {
	alg, err := algorithm(key)
	if err != nil {
		return jose.JSONWebKey{}, err
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return jose.JSONWebKey{}, err
	}
	sum := sha256.Sum256(der)
	return jose.JSONWebKey{Key: key, KeyID: base64.RawURLEncoding.EncodeToString(sum[:]), Algorithm: string(alg), Use: "sig"}, nil
}

func algorithm(key crypto.PublicKey) (jose.SignatureAlgorithm, error) {
	switch key := key.(type) {
	case *ecdsa.PublicKey:
		switch key.Curve {
		case elliptic.P256():
			return jose.ES256, nil
		case elliptic.P384():
			return jose.ES384, nil
		case elliptic.P521():
			return jose.ES512, nil
		}
		return "", fmt.Errorf("the curve %s is not one of P-256, P-384, P-521", key.Curve.Params().Name)
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < 2048 {
			return "", fmt.Errorf("an RSA key of %d bits is too weak, want 2048 or more", bits)
		}
		return jose.RS256, nil
	}
	return "", fmt.Errorf("a key of type %T cannot sign tokens, want ECDSA or RSA", key)
}
