package enginebench

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	bolt "go.etcd.io/bbolt"
)

// engine is what store/embedded asks of whatever keeps its bytes: one durable batch, and one ordered scan at start.
type engine interface {
	// commit writes keys[i] -> values[i] and the log entry first+i -> values[i], in one durable batch.
	commit(first uint64, keys, values [][]byte) error
	// scan calls yield for every key and its revision.
	scan(yield func(key []byte, rev uint64)) error
	close() error
}

var engines = []struct {
	name string
	open func(dir string) (engine, error)
}{
	{"bbolt", openBolt},
	{"pebble", openPebble},
}

var (
	boltLog  = []byte("log")
	boltKeys = []byte("keys")
)

type boltEngine struct{ db *bolt.DB }

func openBolt(dir string) (engine, error) {
	db, err := bolt.Open(filepath.Join(dir, "db"), 0o600, &bolt.Options{NoFreelistSync: true, FreelistType: bolt.FreelistMapType})
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		if _, err := tx.CreateBucketIfNotExists(boltLog); err != nil {
			return err
		}
		_, err := tx.CreateBucketIfNotExists(boltKeys)
		return err
	})
	return &boltEngine{db}, err
}

func (e *boltEngine) commit(first uint64, keys, values [][]byte) error {
	return e.db.Update(func(tx *bolt.Tx) error {
		log, byKey := tx.Bucket(boltLog), tx.Bucket(boltKeys)
		log.FillPercent = 0.95
		for i := range keys {
			rev := binary.BigEndian.AppendUint64(nil, first+uint64(i))
			if err := log.Put(rev, values[i]); err != nil {
				return err
			}
			if err := byKey.Put(keys[i], append(rev, values[i]...)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *boltEngine) scan(yield func([]byte, uint64)) error {
	return e.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket(boltKeys).ForEach(func(k, v []byte) error {
			yield(k, binary.BigEndian.Uint64(v))
			return nil
		})
	})
}

func (e *boltEngine) close() error { return e.db.Close() }

type pebbleEngine struct {
	db    *pebble.DB
	cache *pebble.Cache
}

func openPebble(dir string) (engine, error) {
	cache := pebble.NewCache(1 << 20)
	o := &pebble.Options{
		FS:                 vfs.Default,
		Cache:              cache,
		MemTableSize:       4 << 20,
		FormatMajorVersion: pebble.FormatNewest,
		Logger:             quiet{},
	}
	o.ApplyCompressionSettings(func() pebble.DBCompressionSettings { return pebble.DBCompressionNone })
	db, err := pebble.Open(dir, o)
	return &pebbleEngine{db, cache}, err
}

func (e *pebbleEngine) commit(first uint64, keys, values [][]byte) error {
	b := e.db.NewBatch()
	defer b.Close()
	for i := range keys {
		rev := binary.BigEndian.AppendUint64([]byte{'r'}, first+uint64(i))
		if err := b.Set(rev, values[i], nil); err != nil {
			return err
		}
		if err := b.Set(append([]byte{'k'}, keys[i]...), append(rev[1:], values[i]...), nil); err != nil {
			return err
		}
	}
	return b.Commit(pebble.Sync)
}

func (e *pebbleEngine) scan(yield func([]byte, uint64)) error {
	it, err := e.db.NewIter(&pebble.IterOptions{LowerBound: []byte{'k'}, UpperBound: []byte{'l'}})
	if err != nil {
		return err
	}
	for ok := it.First(); ok; ok = it.Next() {
		yield(it.Key()[1:], binary.BigEndian.Uint64(it.Value()))
	}
	return it.Close()
}

func (e *pebbleEngine) close() error {
	err := e.db.Close()
	e.cache.Unref()
	return err
}

// quiet drops what pebble tells about its own work.
type quiet struct{}

func (quiet) Infof(string, ...any)              {}
func (quiet) Errorf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
func (quiet) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// fill commits n records in batches of 128.
func fill(tb testing.TB, e engine, n int) {
	tb.Helper()
	for first := 0; first < n; first += 128 {
		keys, values := make([][]byte, 128), make([][]byte, 128)
		for i := range keys {
			keys[i], values[i] = record(first + i)
		}
		if err := e.commit(uint64(first+1), keys, values); err != nil {
			tb.Fatal(err)
		}
	}
}
