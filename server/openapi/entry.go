package openapi

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"sync"

	"argosy.dev/server/openapi/wire"
)

// stored is one embedded document.
type stored struct {
	path string
	hash string // of the inflated bytes
	size int64  // of the inflated bytes
	gzip *string

	// Of the document of a group version:
	group, version string
	resources      []string
}

// body is one form of a document, ready to send.
type body struct {
	gzip string
	size int64 // inflated
}

// entry is a document as it is served. Each function does its work when first called and keeps the result.
type entry struct {
	hash     func() (string, error)
	json     func() (body, error)
	protobuf func() (body, error)
}

// entry serves a stored document: as it is when nothing is missing from what it describes, else with that cut out.
func (s *stored) entry(c *cut, missing []string) *entry {
	whole := body{gzip: *s.gzip, size: s.size}
	if len(missing) == 0 {
		return converting(s.path, func() (string, error) { return s.hash, nil }, func() (body, error) { return whole, nil })
	}
	// The hash tells of the bytes without making them: what they are made of, and what is taken away.
	hash := sync.OnceValues(func() (string, error) {
		return hashOf([]byte(s.hash + "\n" + strings.Join(missing, "\n"))), nil
	})
	return converting(s.path, hash, sync.OnceValues(func() (body, error) {
		data, err := whole.inflate()
		if err != nil {
			return body{}, err
		}
		if data, err = c.apply(s.path, data); err != nil {
			return body{}, err
		}
		return deflate(data)
	}))
}

// newEntry serves a v3 document that is made at run time.
func newEntry(document func() ([]byte, error)) *entry {
	type result struct {
		body body
		hash string
	}
	made := sync.OnceValues(func() (result, error) {
		data, err := document()
		if err != nil {
			return result{}, err
		}
		b, err := deflate(data)
		return result{body: b, hash: hashOf(data)}, err
	})
	return converting("", func() (string, error) {
		r, err := made()
		return r.hash, err
	}, func() (body, error) {
		r, err := made()
		return r.body, err
	})
}

// converting adds the protobuf form to an entry.
func converting(path string, hash func() (string, error), json func() (body, error)) *entry {
	convert := wire.V3
	if path == v2Path {
		convert = wire.V2
	}
	return &entry{hash: hash, json: json, protobuf: sync.OnceValues(func() (body, error) {
		b, err := json()
		if err != nil {
			return body{}, err
		}
		data, err := b.inflate()
		if err != nil {
			return body{}, err
		}
		if data, err = convert(data); err != nil {
			return body{}, fmt.Errorf("converting the OpenAPI document to protobuf: %w", err)
		}
		return deflate(data)
	})}
}

// reader reads the inflated bytes.
func (b body) reader() (io.Reader, error) {
	z, err := gzip.NewReader(strings.NewReader(b.gzip))
	if err != nil {
		return nil, fmt.Errorf("inflating an OpenAPI document: %w", err)
	}
	return z, nil
}

func (b body) inflate() ([]byte, error) {
	z, err := b.reader()
	if err != nil {
		return nil, err
	}
	data := make([]byte, b.size)
	if _, err := io.ReadFull(z, data); err != nil {
		return nil, fmt.Errorf("inflating an OpenAPI document: %w", err)
	}
	return data, nil
}

func deflate(data []byte) (body, error) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(data); err != nil {
		return body{}, fmt.Errorf("compressing an OpenAPI document: %w", err)
	}
	if err := z.Close(); err != nil {
		return body{}, fmt.Errorf("compressing an OpenAPI document: %w", err)
	}
	return body{gzip: out.String(), size: int64(len(data))}, nil
}

// hashOf is the form in which hashes stand in ETags and in the index.
func hashOf(data []byte) string { return fmt.Sprintf("%X", sha256.Sum256(data)) }
