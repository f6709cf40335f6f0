package event

import (
	"cmp"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	doc, about := corev1.Event{}.SwaggerDoc(), corev1.ObjectReference{}.SwaggerDoc()
	name := table.Name()
	name.Priority = 1
	return []kinds.Column{
		{Name: "Last Seen", Type: "string", Description: doc["lastTimestamp"], Value: table.CellAt(lastSeen)},
		{Name: "Type", Type: "string", Description: doc["type"], Value: table.Cell(func(e *corev1.Event) any { return e.Type })},
		{Name: "Reason", Type: "string", Description: doc["reason"], Value: table.Cell(func(e *corev1.Event) any { return e.Reason })},
		{Name: "Object", Type: "string", Description: doc["involvedObject"], Value: table.Cell(object)},
		{Name: "Subobject", Type: "string", Priority: 1, Description: about["fieldPath"], Value: table.Cell(func(e *corev1.Event) any { return e.InvolvedObject.FieldPath })},
		{Name: "Source", Type: "string", Priority: 1, Description: doc["source"], Value: table.Cell(source)},
		{Name: "Message", Type: "string", Description: doc["message"], Value: table.Cell(func(e *corev1.Event) any { return strings.TrimSpace(e.Message) })},
		{Name: "First Seen", Type: "string", Priority: 1, Description: doc["firstTimestamp"], Value: table.CellAt(func(e *corev1.Event, now time.Time) any {
			return table.Since(first(e), now)
		})},
		{Name: "Count", Type: "string", Priority: 1, Description: doc["count"], Value: table.Cell(count)},
		name,
	}
}

func first(e *corev1.Event) metav1.Time {
	if e.FirstTimestamp.IsZero() {
		return metav1.Time(e.EventTime)
	}
	return e.FirstTimestamp
}

func lastSeen(e *corev1.Event, now time.Time) any {
	switch {
	case e.Series != nil:
		return table.Since(metav1.Time(e.Series.LastObservedTime), now)
	case e.LastTimestamp.IsZero():
		return table.Since(first(e), now)
	}
	return table.Since(e.LastTimestamp, now)
}

func count(e *corev1.Event) any {
	if e.Series != nil {
		return int64(e.Series.Count)
	}
	return int64(max(e.Count, 1))
}

func object(e *corev1.Event) any {
	kind := strings.ToLower(e.InvolvedObject.Kind)
	if e.InvolvedObject.Name == "" {
		return kind
	}
	return kind + "/" + e.InvolvedObject.Name
}

func source(e *corev1.Event) any {
	component, instance := cmp.Or(e.Source.Component, e.ReportingController), cmp.Or(e.Source.Host, e.ReportingInstance)
	if instance == "" {
		return component
	}
	return component + ", " + instance
}
