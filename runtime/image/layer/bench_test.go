package layer_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	. "argosy.dev/runtime/image/imagetest"
	"argosy.dev/runtime/image/layer"
)

// BenchmarkUnpack reports MB/s of the uncompressed layer, shaped like a Debian base: 3000 files, half text, half hardly
// compressible, about 60 MB.
func BenchmarkUnpack(b *testing.B) {
	needRoot(b)
	random := rand.NewChaCha8([32]byte{1})
	var entries []Entry
	for i := range 3000 {
		body := make([]byte, 20_000)
		if i%2 == 0 {
			_, _ = random.Read(body)
		} else {
			for j := range body {
				body[j] = "the quick brown fox jumps over the lazy dog\n"[(j*7+i)%44]
			}
		}
		entries = append(entries, File(fmt.Sprintf("usr/share/d%02d/f%d", i/100, i), string(body)))
	}
	plain := Tar(b, entries...)
	for name, blob := range map[string][]byte{"plain": plain, "gzip": Gzip(b, plain), "zstd": Zstd(b, plain)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(plain)))
			for b.Loop() {
				b.StopTimer()
				dir, err := os.MkdirTemp(b.TempDir(), "")
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				if _, err := layer.Unpack(b.Context(), dir, bytes.NewReader(blob), layer.Options{}); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				os.RemoveAll(dir)
				b.StartTimer()
			}
		})
	}
}
