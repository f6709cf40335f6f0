package index

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"argosy.dev/runtime/image/tree"
)

// Errors that callers tell apart.
var (
	ErrNotFound  = errors.New("no such image here")
	ErrAmbiguous = errors.New("more than one image begins like that")
)

// Index lists all images, in no order that means something.
type Index struct {
	Version int      `json:"version"`
	Images  []Record `json:"images"`
}

// Record is one image.
type Record struct {
	// ID is the digest of the image's configuration.
	ID digest.Digest `json:"id"`
	// Names and Digests are sorted.
	Names   []string `json:"names,omitempty"`
	Digests []string `json:"digests,omitempty"`
	// Manifest and Config describe these blobs.
	Manifest ocispec.Descriptor `json:"manifest"`
	Config   ocispec.Descriptor `json:"config"`
	// Layers are in the manifest's order, lowest first.
	Layers []Layer   `json:"layers"`
	Added  time.Time `json:"added"`
	Pinned bool      `json:"pinned,omitempty"`
}

// Layer is a layer of an image: its blob, and the directory it is unpacked to.
type Layer struct {
	Blob     digest.Digest `json:"blob"`
	BlobSize int64         `json:"blobSize"`
	// DiffID is the digest of the uncompressed layer, Chain of it and all layers below (OCI image specification, "ChainID").
	DiffID   digest.Digest `json:"diffID"`
	Chain    digest.Digest `json:"chain"`
	Unpacked tree.Size     `json:"unpacked"`
}

// Size is what the image takes on disk if it shares nothing.
func (r Record) Size() int64 {
	size := r.Manifest.Size + r.Config.Size
	for _, l := range r.Layers {
		size += l.BlobSize + l.Unpacked.Bytes
	}
	return size
}

// Blobs lists the digests of all blobs of the image.
func (r Record) Blobs() []digest.Digest {
	blobs := []digest.Digest{r.Manifest.Digest, r.Config.Digest}
	for _, l := range r.Layers {
		blobs = append(blobs, l.Blob)
	}
	return blobs
}

// ByID returns the image of an id.
func (x Index) ByID(id digest.Digest) (Record, error) {
	for _, r := range x.Images {
		if r.ID == id {
			return r, nil
		}
	}
	return Record{}, fmt.Errorf("%s: %w", id, ErrNotFound)
}

// ByName returns the image of a full name, with a tag or a digest.
func (x Index) ByName(name string) (Record, error) {
	for _, r := range x.Images {
		if slices.Contains(r.Names, name) || slices.Contains(r.Digests, name) {
			return r, nil
		}
	}
	return Record{}, fmt.Errorf("%s: %w", name, ErrNotFound)
}

// ByPrefix returns the only image whose id, without its algorithm, begins with so many hexadecimal digits.
func (x Index) ByPrefix(prefix string) (Record, error) {
	var found []Record
	for _, r := range x.Images {
		if strings.HasPrefix(r.ID.Encoded(), prefix) {
			found = append(found, r)
		}
	}
	switch len(found) {
	case 0:
		return Record{}, fmt.Errorf("%s: %w", prefix, ErrNotFound)
	case 1:
		return found[0], nil
	}
	return Record{}, fmt.Errorf("%s: %w: %s, %s", prefix, ErrAmbiguous, found[0].ID, found[1].ID)
}

// Put returns the index with an image added. Its names leave the images that had them. An image that is there already gets the
// names and digests in addition, and keeps its blobs, when it was added and whether it is pinned.
func (x Index) Put(r Record) Index {
	next := Index{Version: x.Version}
	for _, old := range x.Images {
		if old.ID == r.ID {
			r.Names, r.Digests = append(slices.Clone(old.Names), r.Names...), append(slices.Clone(old.Digests), r.Digests...)
			r.Manifest, r.Config, r.Layers, r.Added, r.Pinned = old.Manifest, old.Config, old.Layers, old.Added, old.Pinned || r.Pinned
			continue
		}
		old.Names = without(old.Names, r.Names...)
		next.Images = append(next.Images, old)
	}
	r.Names, r.Digests = sorted(r.Names), sorted(r.Digests)
	next.Images = append(next.Images, r)
	return next
}

// Untag returns the index without a name, of either kind.
func (x Index) Untag(name string) Index {
	next := Index{Version: x.Version}
	for _, r := range x.Images {
		r.Names, r.Digests = without(r.Names, name), without(r.Digests, name)
		next.Images = append(next.Images, r)
	}
	return next
}

// Pin returns the index with an image pinned or not.
func (x Index) Pin(id digest.Digest, pinned bool) Index {
	next := Index{Version: x.Version}
	for _, r := range x.Images {
		if r.ID == id {
			r.Pinned = pinned
		}
		next.Images = append(next.Images, r)
	}
	return next
}

// Delete returns the index without an image.
func (x Index) Delete(id digest.Digest) Index {
	next := Index{Version: x.Version}
	for _, r := range x.Images {
		if r.ID != id {
			next.Images = append(next.Images, r)
		}
	}
	return next
}

func without(names []string, gone ...string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(gone, name) })
}

func sorted(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names)
}

// Chains computes the chain ids of layers from their diff ids, lowest first.
func Chains(diffIDs []digest.Digest) []digest.Digest {
	chains := make([]digest.Digest, len(diffIDs))
	for i, d := range diffIDs {
		chains[i] = d
		if i > 0 {
			chains[i] = digest.FromString(chains[i-1].String() + " " + d.String())
		}
	}
	return chains
}
