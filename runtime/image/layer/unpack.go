package layer

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/opencontainers/go-digest"
	"golang.org/x/sys/unix"

	"argosy.dev/runtime/image/tree"
)

// Options tell how to unpack one layer.
type Options struct {
	// Lower are the directories of the unpacked layers below, topmost first.
	Lower []string
	// Limits bound the layer.
	Limits Limits
	// Compressed is the size of the blob in bytes; zero if it is not known, and then no ratio is checked.
	Compressed int64
}

// Result tells what was unpacked.
type Result struct {
	// DiffID is the digest of the uncompressed archive.
	DiffID digest.Digest
	// Size is what the directory holds: the bytes of its files, and its inodes.
	Size tree.Size
	// Devices is how many device nodes were left out.
	Devices int
}

// Unpack fills dir, which must exist and be empty, from a layer's blob. After an error dir holds a part of the layer and is
// for the caller to remove. The error wraps [ErrUnsafe], [ErrLimit] or [ErrInvalid] when the archive is to blame.
func Unpack(ctx context.Context, dir string, blob io.Reader, o Options) (Result, error) {
	b := &budget{limits: o.Limits.withDefaults(), compressed: o.Compressed}
	plain, _, err := Decompress(&contextReader{ctx: ctx, r: blob})
	if err != nil {
		return Result{}, err
	}
	defer plain.Close()
	ahead := readAhead(&limitReader{r: plain, budget: b})
	defer ahead.Close()

	u, err := newUnpacker(dir, o.Lower, b)
	if err != nil {
		return Result{}, err
	}
	defer u.close()
	archive := tar.NewReader(ahead)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Result{}, readError(err)
		}
		if err := u.entry(header, archive); err != nil {
			return Result{}, fmt.Errorf("entry %q: %w", shorten(header.Name), err)
		}
	}
	// The digest and the checksums of the compression also cover what follows the archive's end.
	if _, err := io.Copy(io.Discard, ahead); err != nil {
		return Result{}, readError(err)
	}
	if err := u.finish(); err != nil {
		return Result{}, err
	}
	return Result{
		DiffID:  ahead.Digest(),
		Size:    tree.Size{Bytes: b.bytes, Inodes: b.entries},
		Devices: u.devices,
	}, nil
}

// readError blames the archive unless the error says better.
func readError(err error) error {
	if errors.Is(err, ErrLimit) || errors.Is(err, ErrInvalid) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errno := unix.Errno(0); errors.As(err, &errno) {
		return err // the disk's fault
	}
	return fmt.Errorf("%w: %w", ErrInvalid, err)
}

// shorten keeps a hostile name from filling logs and events.
func shorten(name string) string {
	if len(name) > 200 {
		return name[:200] + "…"
	}
	return name
}

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
