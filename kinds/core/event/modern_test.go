package event

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func modernEvent() *corev1.Event {
	return &corev1.Event{ObjectMeta: metav1.ObjectMeta{Name: "e", Namespace: "n"}, EventTime: metav1.NewMicroTime(time.Unix(1, 0)), Type: "Normal",
		InvolvedObject: corev1.ObjectReference{Kind: "Pod", Namespace: "n", Name: "p"}, Reason: "Because", Action: "Did",
		ReportingController: "example.com/c", ReportingInstance: "i"}
}

func TestModernEventsTellAll(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*corev1.Event)
		want   string
	}{
		"all is there":         {func(*corev1.Event) {}, ""},
		"no time":              {func(e *corev1.Event) { e.EventTime = metav1.MicroTime{} }, "eventTime: Required value"},
		"no such type":         {func(e *corev1.Event) { e.Type = "Odd" }, `type: Invalid value: "": has invalid value: Odd`},
		"no reporter's host":   {func(e *corev1.Event) { e.ReportingInstance = "" }, "reportingInstance: Required value"},
		"counted the old way":  {func(e *corev1.Event) { e.Count = 1 }, `count: Invalid value: "": needs to be unset`},
		"a series of one":      {func(e *corev1.Event) { e.Series = &corev1.EventSeries{Count: 1, LastObservedTime: e.EventTime} }, `series.count: Invalid value: "": should be at least 2`},
		"a series of no time":  {func(e *corev1.Event) { e.Series = &corev1.EventSeries{Count: 2} }, "series.lastObservedTime: Required value"},
		"of another namespace": {func(e *corev1.Event) { e.InvolvedObject.Namespace = "" }, `involvedObject.namespace: Invalid value: "": does not match event.namespace`},
	} {
		t.Run(name, func(t *testing.T) {
			e := modernEvent()
			c.change(e)
			got := ""
			if err := validateModern(e).ToAggregate(); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestOnlyTheSeriesOfAModernEventGoesOn(t *testing.T) {
	old, e := modernEvent(), modernEvent()
	e.Series = &corev1.EventSeries{Count: 2, LastObservedTime: metav1.NewMicroTime(time.Unix(2, 0))}
	if errs := validateModernUpdate(e, old); len(errs) > 0 {
		t.Errorf("the series may not go on: %v", errs)
	}
	e.Message = "another"
	if errs := validateModernUpdate(e, old); len(errs) != 1 || errs[0].Field != "message" {
		t.Errorf("the message may be changed: %v", errs)
	}
}
