package certificates

import (
	"crypto"
	"fmt"
	"os"
	"path"

	"k8s.io/client-go/util/keyutil"
)

const (
	tokenKeyFile    = "sa.key"
	tokenPublicFile = "sa.pub"
	tokenOldFiles   = "sa-*.pub"
)

// TokenKeys sign service account tokens and verify them.
type TokenKeys struct {
	Signing crypto.Signer
	// Accepted are further keys whose tokens are still valid; Signing's own is not among them.
	Accepted []crypto.PublicKey
}

// openTokenKeys reads sa.key, or makes it, and the keys that are accepted beside it.
func openTokenKeys(d *directory) (TokenKeys, error) {
	public, err := d.read(tokenPublicFile, publicMode)
	if err != nil {
		return TokenKeys{}, err
	}
	signing, err := openKey(d, tokenKeyFile, tokenPublicFile, public != nil)
	if err != nil {
		return TokenKeys{}, err
	}
	if public == nil {
		want, err := encodePublicKey(signing.Public())
		if err != nil {
			return TokenKeys{}, wrong(d.path(tokenKeyFile), restore, err)
		}
		d.write(tokenPublicFile, want, publicMode)
	} else if got, err := keyutil.ParsePublicKeysPEM(public); err != nil || len(got) != 1 || !samePublicKey(signing.Public(), got[0]) {
		return TokenKeys{}, wrong(d.path(tokenPublicFile),
			"rename it to sa-old.pub if tokens of that key are still to be accepted, remove it if not",
			fmt.Errorf("not the public half of %s", d.path(tokenKeyFile)))
	}
	accepted, err := acceptedKeys(d)
	return TokenKeys{Signing: signing, Accepted: accepted}, err
}

func acceptedKeys(d *directory) ([]crypto.PublicKey, error) {
	entries, err := os.ReadDir(d.root)
	if err != nil {
		return nil, fmt.Errorf("looking for token keys: %w", err)
	}
	var accepted []crypto.PublicKey
	for _, e := range entries {
		if ok, _ := path.Match(tokenOldFiles, e.Name()); !ok {
			continue
		}
		data, err := d.read(e.Name(), publicMode)
		if err != nil {
			return nil, err
		}
		keys, err := keyutil.ParsePublicKeysPEM(data)
		if err != nil {
			return nil, wrong(d.path(e.Name()), "remove it if tokens of that key need not be accepted any more", err)
		}
		for _, key := range keys {
			accepted = append(accepted, key)
		}
	}
	return accepted, nil
}
