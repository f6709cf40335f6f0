package node

import (
	"time"

	"argosy.dev/node/podplan"
)

// backoff holds a container back that keeps ending: the first restart is at once, then 10 s, doubling up to 5 min; a run of
// 10 min clears the account.
type backoff struct {
	delay time.Duration
	// ended is the run that the delay was last raised for.
	ended string
	until time.Time
}

const calm = 10 * time.Minute

// after accounts for an ended run, once, and returns when the next may begin.
func (b *backoff) after(c *podplan.Container) time.Time {
	if b.ended == c.ID {
		return b.until
	}
	b.ended = c.ID
	if c.FinishedAt.Sub(c.StartedAt) >= calm {
		b.delay = 0
	}
	b.until = c.FinishedAt.Add(b.delay)
	b.delay = min(max(2*b.delay, firstBackoff), lastBackoff)
	return b.until
}

// active are the troubles that still matter: those in the future, and the last words of those just over.
func (w *worker) active() map[string]podplan.Trouble { return w.troubles }
