package probes

import (
	"time"

	corev1 "k8s.io/api/core/v1"
)

// quickest is how soon a container that has just been started is asked again.
const quickest = 25 * time.Millisecond

// beat is what regular runs are put together on, on all pods: a processor that wakes up for ten probes at once does less than half of the
// work that it does for each by itself. It divides a second, so that it disturbs no period.
const beat = 100 * time.Millisecond

// schedule says when a probe runs.
//
// A container that has just been started is mostly not ready in its first moment, and mostly long before a period is over. So in
// the first period of a startup or readiness probe a failure counts for nothing, and the next try follows soon, each after twice the
// time. (Kubernetes, too, asks containers that are not ready more often than their period.) Failures are counted once a period
// from then on: failureThreshold*periodSeconds is what a container has to start up, as documented.
//
// Liveness probes begin at any point of a first period, so that those of containers that were started together do not run together. So do
// all probes of containers that ran before the agent did.
type schedule struct {
	period time.Duration
	// due is when the next run begins.
	due time.Time
	// base is what the period is counted from: the last run that counted, or the first.
	base time.Time
	// patient ends the time in which failures do not count; zero for none.
	patient time.Time
	soon    time.Duration
}

// begin plans the first run of a probe, at a time when it is wanted. random is in [0, 1).
func begin(k kind, p *corev1.Probe, started time.Time, adopted bool, now time.Time, random float64) schedule {
	s := schedule{period: seconds(p.PeriodSeconds, 10), soon: quickest}
	s.due = started.Add(time.Duration(p.InitialDelaySeconds) * time.Second)
	if s.due.Before(now) {
		s.due = now
	}
	if k == liveness || adopted {
		s.due = onBeat(s.due.Add(time.Duration(random * float64(s.period))))
	} else {
		s.patient = s.due.Add(s.period)
	}
	s.base = s.due
	return s
}

// ran plans the run after one that was due and ended now. counts tells whether its result counts.
func (s *schedule) ran(o outcome, now time.Time) (counts bool) {
	if o != passed && s.due.Before(s.patient) {
		s.due = later(now, earlier(now.Add(s.soon), s.patient))
		s.soon *= 2
		return false
	}
	s.base, s.patient = s.due, time.Time{}
	s.due = later(onBeat(s.base.Add(s.period)), now)
	return true
}

// onBeat is the next beat from a time on.
func onBeat(t time.Time) time.Time {
	past := t.Sub(t.Truncate(beat))
	if past == 0 {
		return t
	}
	return t.Add(beat - past) // unlike what Truncate returns, this does not move with the wall clock
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// seconds is a field of a probe; 0 is what the API defaults it to.
func seconds(n, otherwise int32) time.Duration {
	if n <= 0 {
		n = otherwise
	}
	return time.Duration(n) * time.Second
}
