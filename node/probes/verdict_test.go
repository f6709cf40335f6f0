package probes

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func probe(success, failure int32) *corev1.Probe {
	return &corev1.Probe{SuccessThreshold: success, FailureThreshold: failure}
}

// say is what a state says of a container, in one letter each: s started, r ready, S failed its startup probe, L failed its liveness probe.
func say(s *state) string {
	text := ""
	if s.started {
		text += "s"
	}
	if s.ready {
		text += "r"
	}
	if s.failed {
		text += s.in.title()[:1]
	}
	return text
}

func TestVerdicts(t *testing.T) {
	all := &corev1.Container{StartupProbe: probe(1, 2), LivenessProbe: probe(1, 2), ReadinessProbe: probe(2, 3)}
	tests := map[string]struct {
		of      *corev1.Container
		results string // one a step: S, L, R failed; s, l, r passed; ? readiness could not be asked; x the pod is being deleted
		want    []string
	}{
		"no probe says nothing":                       {&corev1.Container{}, "slrSLR", []string{"sr", "sr", "sr", "sr", "sr", "sr"}},
		"live at first, failed after the threshold":   {&corev1.Container{LivenessProbe: probe(1, 3)}, "LLL", []string{"sr", "sr", "srL"}},
		"a success in between starts the count anew":  {&corev1.Container{LivenessProbe: probe(1, 2)}, "LlLL", []string{"sr", "sr", "sr", "srL"}},
		"failed is for good":                          {&corev1.Container{LivenessProbe: probe(1, 1)}, "Ll", []string{"srL", "srL"}},
		"unready at first, ready after the threshold": {&corev1.Container{ReadinessProbe: probe(2, 2)}, "rr", []string{"s", "sr"}},
		"ready until the threshold":                   {&corev1.Container{ReadinessProbe: probe(1, 2)}, "rRR", []string{"sr", "sr", "s"}},
		"unready while successes are too few":         {&corev1.Container{ReadinessProbe: probe(2, 1)}, "rrRrr", []string{"s", "sr", "s", "s", "sr"}},
		"failures while unready do not delay":         {&corev1.Container{ReadinessProbe: probe(1, 9)}, "RRr", []string{"s", "s", "sr"}},
		"what could not be asked does not count":      {&corev1.Container{ReadinessProbe: probe(1, 1)}, "r?R?", []string{"sr", "sr", "s", "s"}},
		"the others wait for startup":                 {all, "LLrrslrr", []string{"", "", "", "", "s", "s", "s", "sr"}},
		"startup fails":                               {all, "SSs", []string{"", "S", "S"}},
		"startup is asked no more once it passed":     {all, "sSSS", []string{"s", "s", "s", "s"}},
		"readiness is asked until the end":            {all, "srrLLRRR", []string{"s", "s", "sr", "sr", "srL", "srL", "srL", "sL"}},
		"a pod that is deleted restarts nothing":      {all, "srrxLLRRR", []string{"s", "s", "sr", "sr", "sr", "sr", "sr", "sr", "s"}},
		"nor for its startup":                         {all, "xSS", []string{"", "", ""}},
		"thresholds default as the API's":             {&corev1.Container{LivenessProbe: probe(0, 0)}, "LLL", []string{"sr", "sr", "srL"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newState(test.of)
			before := say(&s)
			for i, r := range test.results {
				changed := false
				switch r {
				case 'x':
					s.leaving = true
				case '?':
					changed = s.add(readiness, unknown)
				case 's':
					changed = s.add(startup, passed)
				case 'l':
					changed = s.add(liveness, passed)
				case 'r':
					changed = s.add(readiness, passed)
				case 'S':
					changed = s.add(startup, failed)
				case 'L':
					changed = s.add(liveness, failed)
				case 'R':
					changed = s.add(readiness, failed)
				}
				got := say(&s)
				if got != test.want[i] {
					t.Fatalf("after %q: %q, want %q", test.results[:i+1], got, test.want[i])
				}
				if changed != (got != before) {
					t.Errorf("after %q: changed = %v, from %q to %q", test.results[:i+1], changed, before, got)
				}
				before = got
			}
		})
	}
}

func TestAdoptedStateIsWhatWasTold(t *testing.T) {
	yes := true
	s := newState(&corev1.Container{StartupProbe: probe(1, 1), ReadinessProbe: probe(1, 1)})
	s.adopt(&corev1.ContainerStatus{Started: &yes, Ready: true})
	if got := say(&s); got != "sr" {
		t.Errorf("%q, want started and ready", got)
	}
	if s.wants(startup) || !s.wants(readiness) {
		t.Errorf("startup wanted: %v, readiness wanted: %v", s.wants(startup), s.wants(readiness))
	}
}
