package event

import (
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

// modern is the same events as the group events.k8s.io knows them.
func modern() kinds.Version {
	return kinds.Version{
		Group:      eventsv1.GroupName,
		Version:    eventsv1.SchemeGroupVersion.Version,
		New:        func() kinds.Object { return &eventsv1.Event{} },
		NewList:    func() runtime.Object { return &eventsv1.EventList{} },
		ToStored:   func(obj kinds.Object) (kinds.Object, error) { return fromModern(obj.(*eventsv1.Event)), nil },
		FromStored: func(obj kinds.Object) (kinds.Object, error) { return toModern(obj.(*corev1.Event)), nil },

		Validate:       kinds.Ask(validateModern),
		ValidateUpdate: kinds.AskWith(validateModernUpdate),
		Fields:         modernFields(),
	}
}

func fromModern(e *eventsv1.Event) *corev1.Event {
	out := &corev1.Event{ObjectMeta: e.ObjectMeta, InvolvedObject: e.Regarding, Reason: e.Reason, Message: e.Note, Source: e.DeprecatedSource,
		FirstTimestamp: e.DeprecatedFirstTimestamp, LastTimestamp: e.DeprecatedLastTimestamp, Count: e.DeprecatedCount, Type: e.Type,
		EventTime: e.EventTime, Action: e.Action, Related: e.Related, ReportingController: e.ReportingController, ReportingInstance: e.ReportingInstance}
	if s := e.Series; s != nil {
		out.Series = &corev1.EventSeries{Count: s.Count, LastObservedTime: s.LastObservedTime}
	}
	return out
}

func toModern(e *corev1.Event) *eventsv1.Event {
	out := &eventsv1.Event{ObjectMeta: e.ObjectMeta, Regarding: e.InvolvedObject, Reason: e.Reason, Note: e.Message, DeprecatedSource: e.Source,
		DeprecatedFirstTimestamp: e.FirstTimestamp, DeprecatedLastTimestamp: e.LastTimestamp, DeprecatedCount: e.Count, Type: e.Type,
		EventTime: e.EventTime, Action: e.Action, Related: e.Related, ReportingController: e.ReportingController, ReportingInstance: e.ReportingInstance}
	if s := e.Series; s != nil {
		out.Series = &eventsv1.EventSeries{Count: s.Count, LastObservedTime: s.LastObservedTime}
	}
	return out
}
