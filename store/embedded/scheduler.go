package embedded

import (
	"sync"

	"github.com/cockroachdb/pebble/v2"
)

// scheduler lets the engine run one compaction at a time. The engine's own scheduler looks ten times a second whether it
// may run more; this one acts only when asked, so that an idle store does nothing.
type scheduler struct {
	db pebble.DBForCompaction

	mu      sync.Mutex
	idle    sync.Cond // no grant is being made
	running bool      // a compaction runs, or is about to be granted
	asked   bool      // somebody was refused while a grant was being made
	granted bool      // a grant is being made
	closed  bool
}

var (
	_ pebble.CompactionScheduler   = (*scheduler)(nil)
	_ pebble.CompactionGrantHandle = (*scheduler)(nil)
)

func newScheduler() *scheduler {
	s := &scheduler{}
	s.idle.L = &s.mu
	return s
}

func (s *scheduler) Register(_ int, db pebble.DBForCompaction) { s.db = db }

func (s *scheduler) Unregister() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for s.granted {
		s.idle.Wait()
	}
}

func (s *scheduler) TrySchedule() (bool, pebble.CompactionGrantHandle) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false, nil
	}
	if s.running {
		s.asked = true
		return false, nil
	}
	s.running = true
	return true, s
}

// Done ends the running compaction and grants the next where one waits. The engine is asked without the lock held.
func (s *scheduler) Done() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.granted = true
	for again := true; again && !s.closed; {
		s.asked = false
		s.mu.Unlock()
		waiting, _ := s.db.GetWaitingCompaction()
		accepted := waiting && s.db.Schedule(s)
		s.mu.Lock()
		if accepted {
			s.granted = false
			s.idle.Broadcast()
			return
		}
		again = s.asked
	}
	s.running, s.granted = false, false
	s.idle.Broadcast()
}

func (s *scheduler) UpdateGetAllowedWithoutPermission() {}

// The engine's accounts of a compaction's work, not needed with one at a time.

func (s *scheduler) Started()                                          {}
func (s *scheduler) MeasureCPU(pebble.CompactionGoroutineKind)         {}
func (s *scheduler) CumulativeStats(pebble.CompactionGrantHandleStats) {}
