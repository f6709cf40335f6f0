package namespace

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Findings are what a look at a namespace that is going came to.
type Findings struct {
	// Left is what is still there.
	Left []Content
	// Unknown are failures to find out what there is, Failed those to delete it.
	Unknown, Failed []error
}

// Conditions tells the findings, in the words that clients know. Those that say the same as before keep their times.
func Conditions(had []corev1.NamespaceCondition, f Findings, now time.Time) []corev1.NamespaceCondition {
	list := slices.Clone(had)
	tell := func(kind corev1.NamespaceConditionType, bad bool, badReason, badMessage, goodReason, goodMessage string) {
		c := corev1.NamespaceCondition{Type: kind, Status: corev1.ConditionFalse, Reason: goodReason, Message: goodMessage}
		if bad {
			c.Status, c.Reason, c.Message = corev1.ConditionTrue, badReason, badMessage
		}
		list = put(list, c, metav1.NewTime(now.UTC().Truncate(time.Second)))
	}
	tell(corev1.NamespaceDeletionDiscoveryFailure, len(f.Unknown) > 0,
		"DiscoveryFailed", fmt.Sprintf("Discovery failed for some groups, %d failing: %s", len(f.Unknown), sentences(f.Unknown)),
		"ResourcesDiscovered", "All resources successfully discovered")
	tell(corev1.NamespaceDeletionGVParsingFailure, false, "", "", "ParsedGroupVersions", "All legacy kube types successfully parsed")
	tell(corev1.NamespaceDeletionContentFailure, len(f.Failed) > 0,
		"ContentDeletionFailed", fmt.Sprintf("Failed to delete all resource types, %d remaining: %s", len(f.Failed), sentences(f.Failed)),
		"ContentDeleted", "All content successfully deleted, may be waiting on finalization")
	tell(corev1.NamespaceContentRemaining, len(f.Left) > 0,
		"SomeResourcesRemain", "Some resources are remaining: "+remainingObjects(f.Left),
		"ContentRemoved", "All content successfully removed")
	finalizers := remainingFinalizers(f.Left)
	tell(corev1.NamespaceFinalizersRemaining, finalizers != "",
		"SomeFinalizersRemain", "Some content in the namespace has finalizers remaining: "+finalizers,
		"ContentHasNoFinalizers", "All content-preserving finalizers finished")
	return list
}

func put(list []corev1.NamespaceCondition, c corev1.NamespaceCondition, now metav1.Time) []corev1.NamespaceCondition {
	c.LastTransitionTime = now
	i := slices.IndexFunc(list, func(had corev1.NamespaceCondition) bool { return had.Type == c.Type })
	if i < 0 {
		return append(list, c)
	}
	if list[i].Status == c.Status {
		c.LastTransitionTime = list[i].LastTransitionTime
	}
	list[i] = c
	return list
}

func sentences(errs []error) string {
	words := make([]string, len(errs))
	for i, err := range errs {
		words[i] = err.Error()
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}

func remainingObjects(left []Content) string {
	var words []string
	for _, c := range left {
		words = append(words, fmt.Sprintf("%s.%s has %d resource instances", c.Resource.Resource.Resource, c.Resource.Resource.Group, len(c.Objects)))
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}

func remainingFinalizers(left []Content) string {
	counts := map[string]int{}
	for _, c := range left {
		for _, obj := range c.Objects {
			for _, f := range obj.GetFinalizers() {
				counts[f]++
			}
		}
	}
	var words []string
	for f, n := range counts {
		words = append(words, fmt.Sprintf("%s in %d resource instances", f, n))
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}
