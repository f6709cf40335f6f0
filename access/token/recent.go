package token

import (
	"crypto/sha256"
	"sync"
	"time"

	"argosy.dev/access"
)

// A signature's verdict never changes; it is forgotten to bound the memory, and so that a token is not kept in it for long
// after its last use.
const (
	recentLimit = 8192
	recentTTL   = 5 * time.Minute
)

// signed is a token whose signature was found good. It is immutable.
type signed struct {
	claims claims
	user   *access.User
}

// recent remembers signed tokens by their hash in two generations. The young one becomes the old one when it is full or
// ttl old, and the old one is then forgotten: nothing unused lives longer than two ttl, and no more than twice limit
// tokens are held.
type recent struct {
	limit int
	ttl   time.Duration

	mu    sync.Mutex
	young map[[sha256.Size]byte]*signed
	old   map[[sha256.Size]byte]*signed
	born  time.Time // of the young generation
}

func newRecent(limit int, ttl time.Duration) *recent {
	return &recent{limit: limit, ttl: ttl}
}

func (r *recent) get(hash [sha256.Size]byte, now time.Time) (*signed, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn(now)
	if s, ok := r.young[hash]; ok {
		return s, true
	}
	s, ok := r.old[hash]
	if ok {
		r.young[hash] = s
	}
	return s, ok
}

func (r *recent) put(hash [sha256.Size]byte, s *signed, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn(now)
	r.young[hash] = s
}

// turn makes room: after it the young generation is there and has a place free.
func (r *recent) turn(now time.Time) {
	age := now.Sub(r.born)
	if r.young != nil && len(r.young) < r.limit && age >= 0 && age < r.ttl {
		return
	}
	r.old = r.young
	if age >= 2*r.ttl {
		r.old = nil
	}
	r.young, r.born = map[[sha256.Size]byte]*signed{}, now
}
