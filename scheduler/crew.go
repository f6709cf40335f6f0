package scheduler

import "sync"

// crew does things in the background, at most so many at once; what is more waits its turn. Nobody idles: who finds nothing to do goes home.
type crew struct {
	most int

	mu      sync.Mutex
	working int
	waiting []func()
	done    sync.WaitGroup
}

// do has f done, and does not wait.
func (c *crew) do(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.working == c.most {
		c.waiting = append(c.waiting, f)
		return
	}
	c.working++
	c.done.Go(func() { c.work(f) })
}

func (c *crew) work(f func()) {
	for f != nil {
		f()
		f = c.next()
	}
}

// next is nil where nothing waits.
func (c *crew) next() (f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) == 0 {
		c.working--
		c.waiting = nil
		return nil
	}
	f = c.waiting[0]
	c.waiting[0] = nil
	c.waiting = c.waiting[1:]
	return f
}

// wait returns when all is done. Nothing may be given to do meanwhile.
func (c *crew) wait() { c.done.Wait() }
