package limitrange

import (
	"context"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"

	"argosy.dev/facts/pods"
	"argosy.dev/resource"
)

// Reader lists limit ranges.
type Reader interface {
	// LimitRanges returns those of a namespace, in the order of their names.
	LimitRanges(namespace string) []*corev1.LimitRange
}

// Plugin is the rule.
type Plugin struct{ Reader Reader }

const (
	annotation = "kubernetes.io/limit-ranger"
	prefix     = "LimitRanger plugin set: "
)

// Mutate fills in the defaults of a new pod's containers, and notes in an annotation what it did.
func (p Plugin) Mutate(_ context.Context, a *resource.Attempt) error {
	pod, ok := a.Object.(*corev1.Pod)
	if !ok || a.Operation != resource.Create || a.Subresource != "" {
		return nil
	}
	for _, r := range p.Reader.LimitRanges(a.Namespace) {
		requests, limits := defaults(r)
		if len(requests) == 0 && len(limits) == 0 {
			continue
		}
		var done []string
		for i := range pod.Spec.Containers {
			done = append(done, fill(&pod.Spec.Containers[i], "container", requests, limits)...)
		}
		for i := range pod.Spec.InitContainers {
			done = append(done, fill(&pod.Spec.InitContainers[i], "init container", requests, limits)...)
		}
		if len(done) > 0 {
			metav1.SetMetaDataAnnotation(&pod.ObjectMeta, annotation, prefix+strings.Join(done, "; "))
		}
	}
	return nil
}

// defaults are what containers get from a limit range; its last word counts.
func defaults(r *corev1.LimitRange) (requests, limits corev1.ResourceList) {
	requests, limits = corev1.ResourceList{}, corev1.ResourceList{}
	for _, item := range r.Spec.Limits {
		if item.Type != corev1.LimitTypeContainer {
			continue
		}
		for name, q := range item.DefaultRequest {
			requests[name] = q
		}
		for name, q := range item.Default {
			limits[name] = q
		}
	}
	return requests, limits
}

func fill(c *corev1.Container, what string, requests, limits corev1.ResourceList) []string {
	var done []string
	for _, part := range []struct {
		name string
		list *corev1.ResourceList
		with corev1.ResourceList
	}{{"request", &c.Resources.Requests, requests}, {"limit", &c.Resources.Limits, limits}} {
		var set []string
		for _, name := range names(part.with) {
			if _, has := (*part.list)[name]; has {
				continue
			}
			if *part.list == nil {
				*part.list = corev1.ResourceList{}
			}
			(*part.list)[name] = part.with[name]
			set = append(set, string(name))
		}
		if len(set) > 0 {
			done = append(done, strings.Join(set, ", ")+" "+part.name+" for "+what+" "+c.Name)
		}
	}
	return done
}

// Validate refuses what lies out of bounds, all of it in one answer.
func (p Plugin) Validate(_ context.Context, a *resource.Attempt) error {
	if a.Old != nil && a.Old.GetDeletionTimestamp() != nil {
		return nil // on its way out
	}
	var errs []error
	switch obj := a.Object.(type) {
	case *corev1.Pod:
		if a.Operation != resource.Create && a.Subresource != "resize" || a.Operation == resource.Create && a.Subresource != "" {
			return nil
		}
		for _, r := range p.Reader.LimitRanges(a.Namespace) {
			errs = append(errs, checkPod(r, obj)...)
		}
	case *corev1.PersistentVolumeClaim:
		if a.Subresource != "" {
			return nil
		}
		for _, r := range p.Reader.LimitRanges(a.Namespace) {
			errs = append(errs, checkClaim(r, obj)...)
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return a.Forbid(utilerrors.NewAggregate(errs))
}

func checkPod(r *corev1.LimitRange, pod *corev1.Pod) []error {
	var errs []error
	for _, item := range r.Spec.Limits {
		switch item.Type {
		case corev1.LimitTypeContainer:
			for _, list := range [][]corev1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
				for i := range list {
					errs = append(errs, bounds(&item, list[i].Resources.Requests, list[i].Resources.Limits)...)
				}
			}
		case corev1.LimitTypePod:
			errs = append(errs, bounds(&item, pods.Requests(pod), pods.Limits(pod))...)
		}
	}
	return errs
}

func bounds(item *corev1.LimitRangeItem, requests, limits corev1.ResourceList) []error {
	var errs []error
	for _, name := range names(item.Min) {
		errs = append(errs, least(item.Type, name, item.Min[name], requests, limits)...)
	}
	for _, name := range names(item.Max) {
		errs = append(errs, most(item.Type, name, item.Max[name], requests, limits)...)
	}
	for _, name := range names(item.MaxLimitRequestRatio) {
		errs = append(errs, ratio(item.Type, name, item.MaxLimitRequestRatio[name], requests, limits)...)
	}
	return errs
}

func checkClaim(r *corev1.LimitRange, claim *corev1.PersistentVolumeClaim) []error {
	var errs []error
	for _, item := range r.Spec.Limits {
		if item.Type != corev1.LimitTypePersistentVolumeClaim {
			continue
		}
		requests := claim.Spec.Resources.Requests
		for _, name := range names(item.Min) {
			errs = append(errs, least(item.Type, name, item.Min[name], requests, nil)...)
		}
		for _, name := range names(item.Max) {
			errs = append(errs, mostRequested(item.Type, name, item.Max[name], requests)...)
		}
	}
	return errs
}
