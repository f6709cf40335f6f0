package cache

import (
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/google/btree"

	"argosy.dev/store"
)

// Errors of a Table. Callers test with errors.Is.
var (
	// ErrExpired: the revision lies before the kept history.
	ErrExpired = errors.New("too old resource version")
	// ErrFuture: the revision has not been reached.
	ErrFuture = errors.New("too large resource version")
	// ErrSlow: the watch's reader fell too far behind.
	ErrSlow = errors.New("the watch fell too far behind")
	// ErrClosed: the watch or the cache was closed.
	ErrClosed = errors.New("the watch is closed")
)

// Config says how a table's objects look in the store and to its readers.
type Config struct {
	// Prefix of the store's keys, ending in a slash.
	Prefix string
	// Decode makes an object of a stored value. The cache sets its resourceVersion.
	Decode func(value []byte) (Object, error)
	// Encode makes the bytes of an entry; see Entry.Encoded.
	Encode func(obj Object, f Form) ([]byte, error)
	// Indexes: name -> the values under which an object is found.
	Indexes map[string]func(obj Object) []string
}

// History bounds: at least historyMin changes are kept; beyond that those younger than historyAge, at most historyMax.
const (
	historyMin = 1024
	historyMax = 32768
	historyAge = 5 * time.Minute
)

// Table is the live copy of one kind.
type Table struct {
	config Config
	// applied is the newest revision that the whole cache has taken in.
	applied func() store.Revision

	mu      sync.RWMutex
	entries *btree.BTreeG[*Entry]
	indexes map[string]map[string]map[string]*Entry
	// loaded is the revision of the range that filled the table: earlier events are in it already.
	loaded  store.Revision
	history history
	same    fields
	watches subscriptions
	closed  bool
}

func newTable(c Config, applied func() store.Revision) *Table {
	t := &Table{config: c, applied: applied}
	t.reset()
	return t
}

func (t *Table) reset() {
	t.entries = btree.NewG(32, func(a, b *Entry) bool { return a.Key < b.Key })
	t.indexes = make(map[string]map[string]map[string]*Entry, len(t.config.Indexes))
	for name := range t.config.Indexes {
		t.indexes[name] = map[string]map[string]*Entry{}
	}
}

// Get returns the newest version of an object.
func (t *Table) Get(key string) (*Entry, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.entries.Get(&Entry{Key: key})
}

// Len returns how many objects there are.
func (t *Table) Len() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.entries.Len()
}

// Range selects what List returns.
type Range struct {
	// Namespace limits the list to one namespace; "" is all.
	Namespace string
	// From skips keys before it.
	From string
	// At is the revision of the wanted state; 0 is the newest.
	At store.Revision
}

// List returns entries in key order, as they were all at one moment, and the revision of that moment.
func (t *Table) List(r Range) ([]*Entry, store.Revision, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	now := max(t.applied(), t.newest())
	from, end := bounds(r)
	if r.At != 0 && r.At != now {
		if r.At > now {
			return nil, 0, ErrFuture
		}
		list, err := t.listAt(r.At, from, end)
		return list, r.At, err
	}
	size := 16
	if r.Namespace == "" && r.From == "" {
		size = t.entries.Len()
	}
	list := make([]*Entry, 0, size)
	t.entries.AscendGreaterOrEqual(&Entry{Key: from}, func(e *Entry) bool {
		if end != "" && e.Key >= end {
			return false
		}
		list = append(list, e)
		return true
	})
	return list, now, nil
}

// bounds turns a range into the first key and the key after the last; "" is no end.
func bounds(r Range) (from, end string) {
	if r.Namespace != "" {
		from, end = r.Namespace+"/", r.Namespace+"0" // '0' follows '/'
	}
	return max(from, r.From), end
}

// listAt undoes the changes after rev on the way through the keys.
func (t *Table) listAt(rev store.Revision, from, end string) ([]*Entry, error) {
	later, ok := t.history.after(rev)
	if !ok {
		return nil, ErrExpired
	}
	within := func(key string) bool { return key >= from && (end == "" || key < end) }
	// then holds what changed keys held at rev: the Prev of their first later change, nil when absent.
	then := map[string]*Entry{}
	for _, c := range later {
		key := c.Entry.Key
		if _, seen := then[key]; !seen && within(key) {
			then[key] = c.Prev
		}
	}
	tree := t.entries
	if len(then) > 0 {
		tree = t.entries.Clone()
		for key, prev := range then {
			if prev == nil {
				tree.Delete(&Entry{Key: key})
			} else {
				tree.ReplaceOrInsert(prev)
			}
		}
	}
	var list []*Entry
	tree.AscendGreaterOrEqual(&Entry{Key: from}, func(e *Entry) bool {
		if end != "" && e.Key >= end {
			return false
		}
		list = append(list, e)
		return true
	})
	return list, nil
}

// ByIndex returns the entries whose index of that name holds value, in no order.
func (t *Table) ByIndex(name, value string) []*Entry {
	t.mu.RLock()
	defer t.mu.RUnlock()
	set := t.indexes[name][value]
	list := make([]*Entry, 0, len(set))
	for _, e := range set {
		list = append(list, e)
	}
	return list
}

// HasIndex tells whether ByIndex and Scope know the index.
func (t *Table) HasIndex(name string) bool { return t.config.Indexes[name] != nil }

// apply takes in one event of the store.
func (t *Table) apply(ev store.Event, now time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if ev.Revision <= t.loaded {
		return nil
	}
	key := ev.Key[len(t.config.Prefix):]
	prev, existed := t.entries.Get(&Entry{Key: key})
	if existed {
		prev.seal.check(key, prev.Object)
		key = prev.Key // one string an object, however often it changes
	}
	c := &Change{Revision: ev.Revision, Prev: prev}
	if ev.Value == nil {
		if !existed {
			return nil
		}
		c.Deleted, c.Entry = true, restamped(prev, ev.Revision)
		t.entries.Delete(prev)
		t.unindex(prev)
	} else {
		obj, err := t.object(ev)
		if err != nil {
			return err
		}
		t.same.share(obj)
		c.Entry = newEntry(key, obj, ev.Revision, t.config.Encode)
		if p, ok := ev.Attachment.(*Prepared); ok {
			p.entry.Store(c.Entry)
		}
		t.entries.ReplaceOrInsert(c.Entry)
		if existed {
			t.unindex(prev)
		}
		t.index(c.Entry)
	}
	t.history.add(c, now)
	t.watches.send(t, c)
	return nil
}

// Committed returns the entry of a change that this process has committed at rev, after the cache has reached it.
func (t *Table) Committed(key string, p *Prepared, rev store.Revision) *Entry {
	if e := p.Entry(); e != nil {
		return e
	}
	return newEntry(key, p.Object, rev, t.config.Encode)
}

func (t *Table) object(ev store.Event) (Object, error) {
	if p, ok := ev.Attachment.(*Prepared); ok && p != nil {
		return p.Object, nil
	}
	return t.config.Decode(ev.Value)
}

func (t *Table) index(e *Entry) {
	for name, values := range t.config.Indexes {
		for _, v := range values(e.Object) {
			set := t.indexes[name][v]
			if set == nil {
				set = map[string]*Entry{}
				t.indexes[name][v] = set
			}
			set[e.Key] = e
		}
	}
}

// unindex takes the entry out where it has not been replaced under the same value.
func (t *Table) unindex(e *Entry) {
	for name, values := range t.config.Indexes {
		for _, v := range values(e.Object) {
			set := t.indexes[name][v]
			if set[e.Key] == e {
				if delete(set, e.Key); len(set) == 0 {
					delete(t.indexes[name], v)
				}
			}
		}
	}
}

// load fills an empty table, or replaces everything in it; the history starts anew at rev.
func (t *Table) load(entries []*Entry, rev store.Revision) {
	t.mu.Lock()
	defer t.mu.Unlock()
	old := t.entries
	t.reset()
	for _, e := range entries {
		t.entries.ReplaceOrInsert(e)
		t.index(e)
	}
	t.loaded = rev
	t.history = history{floor: rev}
	t.watches.end(ErrExpired, func(w *Watch) bool { return !w.scope.States })
	if old.Len() > 0 || len(entries) > 0 {
		t.sendDifference(old, rev)
	}
}

// sendDifference tells the remaining watches what is not as it was in old.
func (t *Table) sendDifference(old *btree.BTreeG[*Entry], rev store.Revision) {
	t.entries.Ascend(func(e *Entry) bool {
		if prev, _ := old.Get(e); prev == nil || prev.Revision != e.Revision {
			t.watches.send(t, &Change{Revision: e.Revision, Entry: e, Prev: prev})
		}
		return true
	})
	old.Ascend(func(e *Entry) bool {
		if _, ok := t.entries.Get(e); !ok {
			t.watches.send(t, &Change{Revision: rev, Entry: restamped(e, rev), Prev: e, Deleted: true})
		}
		return true
	})
}

func (t *Table) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	t.watches.end(ErrClosed, func(*Watch) bool { return true })
}

func (t *Table) owns(key string) bool { return strings.HasPrefix(key, t.config.Prefix) }
