package embedded

import (
	"log/slog"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// engineFormat is fixed, so that a newer engine library does not silently make a store that an older program cannot read.
const engineFormat = pebble.FormatTableFormatV6

// engineOptions tunes the engine small: what is read often is in the process's own cache above the store, so the engine
// needs next to none, and a write buffer of 4 MiB holds some 1,700 changes.
func engineOptions(fs vfs.FS, log engineLogger, cache *pebble.Cache) *pebble.Options {
	o := &pebble.Options{
		FS:                          fs,
		Cache:                       cache,
		FormatMajorVersion:          engineFormat,
		Logger:                      log,
		MemTableSize:                4 << 20,
		MemTableStopWritesThreshold: 4,
		L0StopWritesThreshold:       24,
		MaxManifestFileSize:         1 << 20,
		MaxOpenFiles:                256,
		EventListener: &pebble.EventListener{
			BackgroundError: func(err error) {
				log.log.Error("The store's background work failed and will be tried again", "err", err)
			},
			// Whoever reads a damaged block gets the error; the default would end the process.
			DataCorruption: func(pebble.DataCorruptionInfo) {},
			WriteStallBegin: func(info pebble.WriteStallBeginInfo) {
				log.log.Debug("Store engine holds up writes", "reason", info.Reason)
			},
		},
	}
	o.Experimental.CompactionScheduler = newScheduler()
	o.Experimental.ReadSamplingMultiplier = -1
	// Compressing costs more CPU time than all else that a commit does, and half again as long at start; disks are large.
	o.ApplyCompressionSettings(func() pebble.DBCompressionSettings { return pebble.DBCompressionNone })
	return o
}

const engineCacheSize = 1 << 20

// openEngine opens the engine in dir, and makes it only if fresh.
func openEngine(dir string, fs vfs.FS, fresh bool, log *slog.Logger, fail func(error)) (db *pebble.DB, err error) {
	cache := pebble.NewCache(engineCacheSize)
	defer cache.Unref()
	err = guard(func() error {
		o := engineOptions(fs, engineLogger{log, fail}, cache)
		o.ErrorIfNotExists = !fresh
		db, err = pebble.Open(dir, o)
		return err
	})
	return db, err
}
