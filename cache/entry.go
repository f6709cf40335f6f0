package cache

import (
	"strings"
	"sync/atomic"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/store"
)

// Object is an API object with its metadata.
type Object interface {
	runtime.Object
	metav1.Object
}

// Form numbers the encodings of a kind: a format in one served version. What a number means is the owner's of Config.Encode.
type Form uint8

// Entry is one version of one object. It is immutable but for the encodings, which it collects.
type Entry struct {
	// Key is "namespace/name", or "name" for a cluster-wide object.
	Key string
	// Object has its resourceVersion set to Revision. Never change it.
	Object   Object
	Revision store.Revision

	encode    func(obj Object, f Form) ([]byte, error)
	encodings atomic.Pointer[encoding]
	seal      seal
}

type encoding struct {
	form  Form
	bytes []byte
	next  *encoding
}

// Prepared is what a writer in this process attaches to its change: the object behind the stored bytes, which it hands over
// and never touches again. The cache sets its resourceVersion.
type Prepared struct {
	Object Object
	entry  atomic.Pointer[Entry]
}

// Entry is what the cache made of a committed change; nil before the cache has reached its revision, and always where the
// store does not carry attachments.
func (p *Prepared) Entry() *Entry { return p.entry.Load() }

// Namespace returns the part of the key before the slash, "" for a cluster-wide object.
func (e *Entry) Namespace() string { return keyNamespace(e.Key) }

func keyNamespace(key string) string {
	if i := strings.IndexByte(key, '/'); i >= 0 {
		return key[:i]
	}
	return ""
}

// Encoded returns the object in the given form, made at the first call and kept as long as the entry. Never change it.
func (e *Entry) Encoded(f Form) ([]byte, error) {
	head := e.encodings.Load()
	for n := head; n != nil; n = n.next {
		if n.form == f {
			return n.bytes, nil
		}
	}
	bytes, err := e.encode(e.Object, f)
	if err != nil {
		return nil, err
	}
	// Two readers may encode at once; both results are the same, and keeping either is right.
	e.encodings.CompareAndSwap(head, &encoding{form: f, bytes: bytes, next: head})
	return bytes, nil
}

// Change is one step of a table's history.
type Change struct {
	Revision store.Revision
	// Entry is the object after the change; for a deletion its last state, with the deletion's revision.
	Entry *Entry
	// Prev is the object before the change, nil when the change created it.
	Prev    *Entry
	Deleted bool

	gone atomic.Pointer[Entry]
}

// Gone returns the object before the change with the change's revision: what a watcher is sent when an object no longer matches
// its selector. Prev must not be nil.
func (c *Change) Gone() *Entry {
	if c.Deleted {
		return c.Entry
	}
	if e := c.gone.Load(); e != nil {
		return e
	}
	c.gone.CompareAndSwap(nil, restamped(c.Prev, c.Revision))
	return c.gone.Load()
}

// restamped copies an entry to another revision.
func restamped(e *Entry, rev store.Revision) *Entry {
	obj := e.Object.DeepCopyObject().(Object)
	return newEntry(e.Key, obj, rev, e.encode)
}

// Unkept makes an entry of an object that is in no table, and has no revision.
func Unkept(key string, obj Object, encode func(obj Object, f Form) ([]byte, error)) *Entry {
	e := &Entry{Key: key, Object: obj, encode: encode}
	e.seal.set(obj)
	return e
}

func newEntry(key string, obj Object, rev store.Revision, encode func(Object, Form) ([]byte, error)) *Entry {
	obj.SetResourceVersion(FormatRevision(rev))
	e := &Entry{Key: key, Object: obj, Revision: rev, encode: encode}
	e.seal.set(obj)
	return e
}
