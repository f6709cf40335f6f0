package serviceaddress

import (
	"context"
	"sync"
	"time"
)

const (
	// claimLife bounds a claim of a write whose context never ends.
	claimLife = time.Minute
	// claimGrace is how long a claim outlives its write's context: a commit that was under way when the client left may still come.
	claimGrace = time.Second
	// sweepAt is how many claims there are before the lapsed ones are looked for.
	sweepAt = 256
)

// claims are numbers promised to writes that are not stored yet.
type claims struct {
	mu   sync.Mutex
	held map[string]*claim
}

type claim struct {
	owner string
	until time.Time
}

// take claims what for owner until the write with ctx is over. false: somebody else holds it. An owner that holds it already keeps it: two
// writes of one name cannot both be stored as new, and an update is tried again after a conflict.
func (c *claims) take(ctx context.Context, what, owner string) bool {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if had := c.held[what]; had != nil && had.owner != owner && now.Before(had.until) {
		return false
	}
	if c.held == nil {
		c.held = map[string]*claim{}
	}
	if len(c.held) >= sweepAt {
		for k, v := range c.held {
			if now.After(v.until) {
				delete(c.held, k)
			}
		}
	}
	mine := &claim{owner: owner, until: now.Add(claimLife)}
	c.held[what] = mine
	context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if end := time.Now().Add(claimGrace); end.Before(mine.until) {
			mine.until = end
		}
	})
	return true
}

// drop gives up what owner holds, if it does.
func (c *claims) drop(what, owner string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if had := c.held[what]; had != nil && had.owner == owner {
		delete(c.held, what)
	}
}
