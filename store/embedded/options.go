package embedded

import (
	"log/slog"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options of Open. Only Dir is required.
type Options struct {
	// Dir is the store's own directory; Open makes it (mode 0700) where it is missing. Its parent must be a place that
	// outlives a reboot.
	Dir string

	// Logger receives what an operator should see: background work that failed, a disk that is full and then is not.
	// The engine's own chatter goes to it at debug. nil means slog.Default().
	Logger *slog.Logger

	// MinFree is how many bytes must be free on the disk for a change to be taken; below it, changes get
	// store.ErrNoSpace. It keeps room for the engine's own work, and for deletions, which are taken down to a quarter of it.
	// 0 means 32 MiB, negative means no such check.
	MinFree int64

	// FS is where the files are; nil means the machine's disk. Tests put a full, failing or crashing one here.
	FS vfs.FS
}

const defaultMinFree = 32 << 20

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	switch {
	case o.MinFree == 0:
		o.MinFree = defaultMinFree
	case o.MinFree < 0:
		o.MinFree = 0
	}
	if o.FS == nil {
		o.FS = vfs.Default
	}
	return o
}
