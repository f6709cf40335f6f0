package record_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/client"
	"argosy.dev/client/record"
	"argosy.dev/controllers/controllertest"
)

func about(name string) corev1.ObjectReference {
	return corev1.ObjectReference{Kind: "Pod", Namespace: "default", Name: name, UID: "uid"}
}

// tell runs a recorder on a cluster of its own while the test speaks.
func tell(t *testing.T, speak func(r *record.Recorder, events client.Resource[*corev1.Event])) {
	synctest.Test(t, func(t *testing.T) {
		c := controllertest.New(t)
		r := record.New(c, "tester", "host", slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); r.Run(ctx) }()
		speak(r, client.Events(c))
		cancel()
		<-done
	})
}

func TestRepeatedEventsAreCounted(t *testing.T) {
	tell(t, func(r *record.Recorder, events client.Resource[*corev1.Event]) {
		for range 3 {
			r.Warning(about("p"), "BackOff", "again: %d", 1)
			<-time.After(time.Second)
		}
		r.Warning(about("p"), "BackOff", "something else")
		synctest.Wait()
		list := events.List("default")
		if len(list) != 2 || list[0].Count != 3 || list[0].LastTimestamp.Sub(list[0].FirstTimestamp.Time) != 2*time.Second || list[0].Source.Component != "tester" {
			t.Errorf("want one event three times, and one: %+v", list)
		}
	})
}

func TestEventsOfOneMoment(t *testing.T) {
	tell(t, func(r *record.Recorder, events client.Resource[*corev1.Event]) {
		for i := range 5 { // the clock stands still
			r.Normal(about("p"), "Made", "pod %d", i)
		}
		synctest.Wait()
		if n := len(events.List("default")); n != 5 {
			t.Errorf("%d events, want 5", n)
		}
	})
}

func TestOneObjectCannotFillTheStore(t *testing.T) {
	tell(t, func(r *record.Recorder, events client.Resource[*corev1.Event]) {
		for i := range 100 {
			r.Normal(about("p"), "Made", "pod %d", i)
		}
		synctest.Wait()
		if n := len(events.List("default")); n != 25 {
			t.Errorf("%d events at once, want 25", n)
		}
		<-time.After(11 * time.Minute)
		for i := range 100 {
			r.Normal(about("p"), "Made", "later pod %d", i)
		}
		synctest.Wait()
		if n := len(events.List("default")); n != 27 {
			t.Errorf("%d events after eleven minutes, want two more", n)
		}
	})
}

func TestEventsOfWhatIsInNoNamespace(t *testing.T) {
	tell(t, func(r *record.Recorder, events client.Resource[*corev1.Event]) {
		r.Normal(corev1.ObjectReference{Kind: "Node", Name: "n"}, "Ready", "it is")
		r.Normal(corev1.ObjectReference{Kind: "Pod", Namespace: "gone", Name: "p"}, "Lost", "nobody can be told")
		synctest.Wait()
		if list := events.List(""); len(list) != 1 || list[0].Namespace != "default" {
			t.Errorf("events: %+v", list)
		}
	})
}
