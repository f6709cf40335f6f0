package layer_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"argosy.dev/runtime/image/layer"
)

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestBombs feeds archives that promise, or hold, far more than their blobs suggest.
func TestBombs(t *testing.T) {
	needRoot(t)
	const huge = 8 << 30
	promise := func(w io.Writer) {
		tw := tar.NewWriter(w)
		if err := tw.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "zeros", Size: huge, Mode: 0o600}); err != nil {
			t.Fatal(err)
		}
	}
	var honest, packed, padded bytes.Buffer
	promise(&honest)

	z, err := zstd.NewWriter(&packed)
	if err != nil {
		t.Fatal(err)
	}
	promise(z)
	if _, err := io.CopyN(z, zeros{}, 64<<20); err != nil {
		t.Fatal(err)
	}
	z.Close()

	// A proper archive, and behind its end a flood that only the digest needs.
	g, err := gzip.NewWriterLevel(&padded, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	tw := tar.NewWriter(g)
	if err := tw.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "f", Mode: 0o600}); err != nil {
		t.Fatal(err)
	}
	tw.Close()
	if _, err := io.CopyN(g, zeros{}, 64<<20); err != nil {
		t.Fatal(err)
	}
	g.Close()

	for _, tc := range []struct {
		name   string
		blob   []byte
		limits layer.Limits
	}{
		{"a promise of gigabytes", honest.Bytes(), layer.Limits{Bytes: 4 << 30}},
		{"a promise beyond the ratio", honest.Bytes(), layer.Limits{}},
		{"packed with zstd", packed.Bytes(), layer.Limits{}},
		{"behind the archive", padded.Bytes(), layer.Limits{Bytes: 32 << 20}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := layer.Unpack(t.Context(), dir, bytes.NewReader(tc.blob), layer.Options{Limits: tc.limits, Compressed: int64(len(tc.blob))})
			if !errors.Is(err, layer.ErrLimit) {
				t.Errorf("got %v, want ErrLimit", err)
			}
			if info, err := os.Stat(dir + "/zeros"); err == nil && info.Size() > 0 {
				t.Errorf("%d bytes were written", info.Size())
			}
		})
	}
}
