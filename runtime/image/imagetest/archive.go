package imagetest

import (
	"archive/tar"
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Entry is one entry of a layer archive.
type Entry struct {
	tar.Header
	Body string
}

// Mtime is the time of change of all entries made here.
var Mtime = time.Unix(1_000_000_000, 0)

// File is a regular file of mode 0644 owned by root.
func File(name, body string) Entry {
	return Entry{Header: tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(body)), ModTime: Mtime}, Body: body}
}

// Dir is a directory of mode 0755.
func Dir(name string) Entry {
	return Entry{Header: tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755, ModTime: Mtime}}
}

// Symlink is a symbolic link.
func Symlink(name, target string) Entry {
	return Entry{Header: tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777, ModTime: Mtime}}
}

// Link is a hard link.
func Link(name, target string) Entry {
	return Entry{Header: tar.Header{Typeflag: tar.TypeLink, Name: name, Linkname: target, ModTime: Mtime}}
}

// Device is a character device node.
func Device(name string, major, minor int64) Entry {
	return Entry{Header: tar.Header{Typeflag: tar.TypeChar, Name: name, Devmajor: major, Devminor: minor, Mode: 0o666, ModTime: Mtime}}
}

// Fifo is a named pipe.
func Fifo(name string) Entry {
	return Entry{Header: tar.Header{Typeflag: tar.TypeFifo, Name: name, Mode: 0o600, ModTime: Mtime}}
}

// WithMode returns the entry with another mode.
func (e Entry) WithMode(mode int64) Entry { e.Mode = mode; return e }

// WithOwner returns the entry with another owner.
func (e Entry) WithOwner(uid, gid int) Entry { e.Uid, e.Gid = uid, gid; return e }

// WithXattr returns the entry with one more extended attribute.
func (e Entry) WithXattr(name, value string) Entry {
	records := map[string]string{"SCHILY.xattr." + name: value}
	for k, v := range e.PAXRecords {
		records[k] = v
	}
	e.PAXRecords = records
	return e
}

// Tar returns the entries as an uncompressed archive.
func Tar(t testing.TB, entries ...Entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := e.Header
		if h.PAXRecords != nil {
			h.Format = tar.FormatPAX
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatalf("archive entry %q: %v", h.Name, err)
		}
		if _, err := io.WriteString(w, e.Body); err != nil {
			t.Fatalf("archive entry %q: %v", h.Name, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Gzip compresses.
func Gzip(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Zstd compresses.
func Zstd(t testing.TB, data []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return w.EncodeAll(data, nil)
}
