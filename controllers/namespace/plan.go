package namespace

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/client"
)

// Content is what a namespace has of one resource.
type Content struct {
	Resource client.Info
	Objects  []client.Object
}

// Doomed says what to delete now: pods as long as there are any, then everything. What is being deleted already is left alone.
func Doomed(contents []Content) []Content {
	if i := slices.IndexFunc(contents, isPods); i >= 0 && len(contents[i].Objects) > 0 {
		contents = contents[i : i+1]
	}
	var doomed []Content
	for _, c := range contents {
		var staying []client.Object
		for _, obj := range c.Objects {
			if obj.GetDeletionTimestamp() == nil {
				staying = append(staying, obj)
			}
		}
		if len(staying) > 0 {
			doomed = append(doomed, Content{c.Resource, staying})
		}
	}
	return doomed
}

func isPods(c Content) bool {
	return c.Resource.Resource.Group == "" && c.Resource.Resource.Resource == "pods"
}

// Released is the namespace's finalizers without ours; ok is false where ours is not among them.
func Released(ns *corev1.Namespace) (finalizers []corev1.FinalizerName, ok bool) {
	for _, f := range ns.Spec.Finalizers {
		if f == corev1.FinalizerKubernetes {
			ok = true
		} else {
			finalizers = append(finalizers, f)
		}
	}
	return finalizers, ok
}
