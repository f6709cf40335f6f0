package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Sink takes the bytes of a blob. After a broken connection it is written to where it ended, or after a Reset.
type Sink interface {
	io.Writer
	// Size is how many bytes it has, Digest their digest.
	Size() int64
	Digest() digest.Digest
	// Reset forgets them.
	Reset() error
}

// worthwhile is how many bytes further a broken download must have got not to count as one more failure.
const worthwhile = 1 << 20

// Fetch writes a blob of the image into a sink and verifies size and digest. progress, if there is one, is called now and then
// with the number of bytes there are; it may go back. The error is an *Error.
func (i *Image) Fetch(ctx context.Context, blob ocispec.Descriptor, sink Sink, progress func(done int64)) error {
	if progress == nil {
		progress = func(int64) {}
	}
	var err error
	for _, c := range i.connections {
		if err = i.fetch(ctx, c, blob, sink, progress); err == nil {
			return nil
		}
		err = &Error{
			Image: i.Reference.String(), Registry: c.place.host, Reason: classify(err),
			Err: fmt.Errorf("blob %s: %w", blob.Digest, brief(err)),
		}
		if ctx.Err() != nil || classify(err) == Local {
			break
		}
	}
	return err
}

func (i *Image) fetch(ctx context.Context, c *connection, blob ocispec.Descriptor, sink Sink, progress func(int64)) error {
	// Wrong content may be a cache's or a connection's fault once, not twice.
	for attempt := 1; ; attempt++ {
		before := sink.Size()
		err := i.client.retry(ctx, func() error {
			return download(ctx, c, blob, sink, progress)
		}, func() bool {
			if sink.Size() < before+worthwhile {
				return false
			}
			before = sink.Size()
			return true
		})
		if err != nil && !errors.Is(err, errCorrupt) {
			return err
		}
		if err == nil {
			got := sink.Digest()
			if got == blob.Digest {
				return nil
			}
			err = fmt.Errorf("%w: it has digest %s", errCorrupt, got)
		}
		if e := sink.Reset(); e != nil {
			return e
		}
		if attempt == 2 {
			return err
		}
	}
}

// download goes on where the sink ends.
func download(ctx context.Context, c *connection, blob ocispec.Descriptor, sink Sink, progress func(int64)) error {
	if sink.Size() > blob.Size {
		if err := sink.Reset(); err != nil {
			return err
		}
	}
	offset := sink.Size()
	if offset == blob.Size && offset > 0 {
		return nil
	}
	header := http.Header{}
	if offset > 0 {
		header.Set("Range", "bytes="+strconv.FormatInt(offset, 10)+"-")
	}
	response, err := c.get(ctx, "blobs/"+blob.Digest.String(), header, http.StatusOK, http.StatusPartialContent, http.StatusRequestedRangeNotSatisfiable)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if offset > 0 && (response.StatusCode != http.StatusPartialContent || !startsAt(response, offset)) {
		// The registry does not resume. Its answer is of use only if it is the whole blob.
		if err := sink.Reset(); err != nil {
			return err
		}
		offset = 0
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%w: the registry does not resume downloads", errShort)
		}
	}
	if offset == 0 && response.StatusCode != http.StatusOK {
		return fmt.Errorf("%w: %s", errAnswer, response.Status)
	}
	return receive(response.Body, blob.Size, sink, progress)
}

func startsAt(response *http.Response, offset int64) bool {
	return strings.HasPrefix(response.Header.Get("Content-Range"), "bytes "+strconv.FormatInt(offset, 10)+"-")
}

// receive copies until the blob has its size. More than that is wrong content, less a broken connection.
func receive(body io.Reader, size int64, sink Sink, progress func(int64)) error {
	buffer := make([]byte, 128<<10)
	for {
		n, err := body.Read(buffer)
		if sink.Size()+int64(n) > size {
			return fmt.Errorf("%w: it has more than %d bytes", errCorrupt, size)
		}
		if n > 0 {
			if _, err := sink.Write(buffer[:n]); err != nil {
				return err
			}
			progress(sink.Size())
		}
		switch {
		case errors.Is(err, io.EOF) && sink.Size() == size:
			return nil
		case errors.Is(err, io.EOF):
			return fmt.Errorf("%w: %d of %d bytes", errShort, sink.Size(), size)
		case err != nil:
			return err
		}
	}
}
