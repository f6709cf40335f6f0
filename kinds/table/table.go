package table

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/duration"

	"argosy.dev/kinds"
)

// None and Unknown stand for what is not there, and for what should be but is not.
const (
	None    = "<none>"
	Unknown = "<unknown>"
	Unset   = "<unset>"
)

// Cell makes a column's value out of a function over the kind's own type.
func Cell[T kinds.Object](f func(obj T) any) func(kinds.Object, time.Time) any {
	return func(obj kinds.Object, _ time.Time) any { return f(obj.(T)) }
}

// CellAt is Cell for values that depend on the time, such as ages.
func CellAt[T kinds.Object](f func(obj T, now time.Time) any) func(kinds.Object, time.Time) any {
	return func(obj kinds.Object, now time.Time) any { return f(obj.(T), now) }
}

// Name is the column of metadata.name.
func Name() kinds.Column {
	return kinds.Column{
		Name: "Name", Type: "string", Format: "name", Description: metav1.ObjectMeta{}.SwaggerDoc()["name"],
		Value: func(obj kinds.Object, _ time.Time) any { return obj.GetName() },
	}
}

// Age is the column of the time since the object's creation.
func Age() kinds.Column {
	return kinds.Column{
		Name: "Age", Type: "string", Description: metav1.ObjectMeta{}.SwaggerDoc()["creationTimestamp"],
		Value: func(obj kinds.Object, now time.Time) any { return Since(obj.GetCreationTimestamp(), now) },
	}
}

// CreatedAt is the column of the time of the object's creation itself, for kinds that have always shown it.
func CreatedAt() kinds.Column {
	return kinds.Column{
		Name: "Created At", Type: "date", Description: metav1.ObjectMeta{}.SwaggerDoc()["creationTimestamp"],
		Value: func(obj kinds.Object, _ time.Time) any { return obj.GetCreationTimestamp().UTC().Format(time.RFC3339) },
	}
}

// Since is the time that has passed, in kubectl's short form ("5m", "3d").
func Since(t metav1.Time, now time.Time) string {
	if t.IsZero() {
		return Unknown
	}
	return duration.HumanDuration(now.Sub(t.Time))
}

// Selector prints a label selector.
func Selector(s *metav1.LabelSelector) string {
	return metav1.FormatLabelSelector(s)
}

// Bool prints a truth that may be unset.
func Bool(b *bool) string {
	switch {
	case b == nil:
		return Unset
	case *b:
		return "True"
	}
	return "False"
}

// Labels prints a set of labels.
func Labels(set map[string]string) string { return labels.FormatLabels(set) }

// FirstFew lists the first three of many, and how many more there are.
func FirstFew(list []string) string {
	const most = 3
	if len(list) <= most {
		return strings.Join(list, ",")
	}
	return fmt.Sprintf("%s + %d more...", strings.Join(list[:most], ","), len(list)-most)
}

// ContainerNames are the names of containers, with commas.
func ContainerNames(containers []corev1.Container) string {
	return join(containers, func(c *corev1.Container) string { return c.Name })
}

// ContainerImages are the images of containers, with commas.
func ContainerImages(containers []corev1.Container) string {
	return join(containers, func(c *corev1.Container) string { return c.Image })
}

func join(containers []corev1.Container, of func(*corev1.Container) string) string {
	parts := make([]string, len(containers))
	for i := range containers {
		parts[i] = of(&containers[i])
	}
	return strings.Join(parts, ",")
}
