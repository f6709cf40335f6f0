package probes

import (
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

func TestSchedule(t *testing.T) {
	ms := func(list ...int) []time.Duration {
		out := make([]time.Duration, len(list))
		for i, n := range list {
			out[i] = time.Duration(n) * time.Millisecond
		}
		return out
	}
	tests := map[string]struct {
		kind    kind
		probe   corev1.Probe
		after   time.Duration // a beat was the container started
		now     time.Duration // since the container was started
		adopted bool
		takes   time.Duration // each run
		// results of the runs: F failed and counts, f failed and does not count, p passed.
		results string
		want    []time.Duration // of the runs' beginnings, since the container was started
	}{
		"readiness of a fresh container": {kind: readiness, probe: corev1.Probe{PeriodSeconds: 1}, results: "ffffffFFp",
			want: ms(0, 25, 75, 175, 375, 775, 1000, 2000, 3000, 4000)},
		"startup of a fresh container": {kind: startup, probe: corev1.Probe{PeriodSeconds: 2, InitialDelaySeconds: 5}, results: "fffffffFF",
			want: ms(5000, 5025, 5075, 5175, 5375, 5775, 6575, 7000, 9000, 11000)},
		"a success ends the first period": {kind: readiness, probe: corev1.Probe{PeriodSeconds: 1}, results: "fpFFp", want: ms(0, 25, 1100, 2100, 3100, 4100)},
		"liveness counts from its first run, somewhere in the first period": {kind: liveness, probe: corev1.Probe{PeriodSeconds: 4}, results: "FFF",
			want: ms(1000, 5000, 9000, 13000)},
		"liveness after a delay":       {kind: liveness, probe: corev1.Probe{PeriodSeconds: 4, InitialDelaySeconds: 10}, results: "F", want: ms(11000, 15000)},
		"an agent that starts anew":    {kind: readiness, probe: corev1.Probe{PeriodSeconds: 4, InitialDelaySeconds: 10}, now: time.Minute, adopted: true, results: "FF", want: ms(61000, 65000, 69000)},
		"a delay that is over":         {kind: readiness, probe: corev1.Probe{PeriodSeconds: 4, InitialDelaySeconds: 10}, now: time.Minute, results: "p", want: ms(60000, 64000)},
		"runs that take their time":    {kind: liveness, probe: corev1.Probe{PeriodSeconds: 4}, takes: 3 * time.Second, results: "pFp", want: ms(1000, 5000, 9000, 13000)},
		"runs longer than the period":  {kind: liveness, probe: corev1.Probe{PeriodSeconds: 4}, takes: 5 * time.Second, results: "FFF", want: ms(1000, 6000, 11000, 16000)},
		"a slow first try counts last": {kind: readiness, probe: corev1.Probe{PeriodSeconds: 1}, takes: 3 * time.Second, results: "fFF", want: ms(0, 3000, 6000, 9000)},
		"off the beat":                 {kind: readiness, probe: corev1.Probe{PeriodSeconds: 1, InitialDelaySeconds: 1}, after: 30 * time.Millisecond, results: "fpFF", want: ms(1000, 1025, 2070, 3070, 4070)},
		"liveness off the beat":        {kind: liveness, probe: corev1.Probe{PeriodSeconds: 1}, after: 30 * time.Millisecond, results: "FF", want: ms(270, 1270, 2270)},
		"defaults":                     {kind: liveness, results: "F", want: ms(2500, 12500)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			started := time.Unix(1000000, 0).Add(test.after)
			now := started.Add(test.now)
			s := begin(test.kind, &test.probe, started, test.adopted, now, 0.25)
			got := []time.Duration{s.due.Sub(started)}
			for _, r := range test.results {
				now = s.due.Add(test.takes)
				o := failed
				if r == 'p' {
					o = passed
				}
				if counts := s.ran(o, now); counts != (r != 'f') {
					t.Errorf("the run at %v counts: %v", got[len(got)-1], counts)
				}
				if s.due.Before(now) {
					t.Errorf("the run after that at %v is due before that is over", got[len(got)-1])
				}
				got = append(got, s.due.Sub(started))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("runs at %v, want %v", got, test.want)
			}
		})
	}
}
