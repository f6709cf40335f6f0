package certificates

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"k8s.io/client-go/util/keyutil"
)

// Pair is a certificate and its private key, both PEM. Whoever holds it must not change the bytes.
type Pair struct {
	CertPEM []byte
	KeyPEM  []byte
}

// TLS returns the pair as crypto/tls wants it, with its Leaf parsed.
func (p Pair) TLS() (tls.Certificate, error) { return tls.X509KeyPair(p.CertPEM, p.KeyPEM) }

// file is the pair as one PEM file, certificate first.
func (p Pair) file() []byte { return append(bytes.Clone(p.CertPEM), p.KeyPEM...) }

// parsePair takes apart what file put together; more than one certificate is a chain.
func parsePair(data []byte) (Pair, *x509.Certificate, error) {
	var p Pair
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			p.CertPEM = append(p.CertPEM, pem.EncodeToMemory(block)...)
		} else {
			p.KeyPEM = append(p.KeyPEM, pem.EncodeToMemory(block)...)
		}
	}
	cert, err := p.TLS()
	if err != nil {
		return Pair{}, nil, err
	}
	return p, cert.Leaf, nil
}

func newKey() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

func encodeKey(key crypto.Signer) ([]byte, error) { return keyutil.MarshalPrivateKeyToPEM(key) }

func parseKey(data []byte) (crypto.Signer, error) {
	key, err := keyutil.ParsePrivateKeyPEM(data)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("the key cannot sign")
	}
	return signer, nil
}

func encodePublicKey(key crypto.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

func parseCertificate(data []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(data)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("no PEM certificate in it")
	}
	return x509.ParseCertificate(block.Bytes)
}

func encodeCertificate(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// samePublicKey is true if both are the same key; every key type of the standard library can tell.
func samePublicKey(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}

// wrong is an error about one file that says what to do.
func wrong(path, advice string, err error) error {
	return fmt.Errorf("%s: %w; %s", path, err, advice)
}
