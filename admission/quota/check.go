package quota

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/facts/quota"
	"argosy.dev/resource"
)

// check returns what the attempt takes of a quota beyond what it has, or why it may not. A quota whose status does not say yet what
// it bounds bounds nothing.
func check(q *corev1.ResourceQuota, a *resource.Attempt) (corev1.ResourceList, error) {
	gr := a.Resource.Kind.GroupResource()
	var names []corev1.ResourceName
	for name := range q.Status.Hard {
		if quota.Matches(gr, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 || !quota.Covers(q, a.Object) {
		return nil, nil
	}
	slices.Sort(names)
	if pod, ok := a.Object.(*corev1.Pod); ok && a.Operation == resource.Create {
		if missing := unsaid(pod, names); missing != "" {
			return nil, a.Forbid(fmt.Errorf("failed quota: %s: must specify %s", q.Name, missing))
		}
	}
	for _, name := range names {
		if _, known := q.Status.Used[name]; !known {
			return nil, a.Forbid(fmt.Errorf("status unknown for quota: %s, resources: %s", q.Name, join(names)))
		}
	}
	took := more(a, names)
	var over []corev1.ResourceName
	for _, name := range slices.Sorted(maps.Keys(took)) {
		after := q.Status.Used[name].DeepCopy()
		after.Add(took[name])
		if after.Cmp(q.Status.Hard[name]) > 0 {
			over = append(over, name)
		}
	}
	if len(over) > 0 {
		return nil, a.Forbid(fmt.Errorf("exceeded quota: %s, requested: %s, used: %s, limited: %s",
			q.Name, shown(took, over), shown(q.Status.Used, over), shown(q.Status.Hard, over)))
	}
	return took, nil
}

// more is what the object takes now less what it took before, where that is more than nothing.
func more(a *resource.Attempt, names []corev1.ResourceName) corev1.ResourceList {
	gr := a.Resource.Kind.GroupResource()
	now, before := quota.Usage(gr, a.Object), corev1.ResourceList{}
	if a.Old != nil {
		before = quota.Usage(gr, a.Old)
	}
	took := corev1.ResourceList{}
	for _, name := range names {
		q, ok := now[name]
		if !ok {
			continue
		}
		q = q.DeepCopy()
		q.Sub(before[name])
		if q.Sign() > 0 {
			took[name] = q
		}
	}
	return took
}

// add books took. q is the caller's alone.
func add(q *corev1.ResourceQuota, took corev1.ResourceList) {
	for name, amount := range took {
		sum := q.Status.Used[name].DeepCopy()
		sum.Add(amount)
		q.Status.Used[name] = sum
	}
}

// unsaid lists what containers do not say though the quota bounds it.
func unsaid(pod *corev1.Pod, names []corev1.ResourceName) string {
	var parts []string
	for _, name := range names {
		if !quota.Compute(name) || pod.Spec.Resources != nil && says(*pod.Spec.Resources, name) {
			continue
		}
		var silent []string
		for _, list := range [][]corev1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
			for i := range list {
				if !says(list[i].Resources, name) {
					silent = append(silent, list[i].Name)
				}
			}
		}
		if len(silent) > 0 {
			slices.Sort(silent)
			parts = append(parts, fmt.Sprintf("%s for: %s", name, strings.Join(slices.Compact(silent), ",")))
		}
	}
	return strings.Join(parts, "; ")
}

func says(r corev1.ResourceRequirements, name corev1.ResourceName) bool {
	list, plain := r.Requests, strings.TrimPrefix(string(name), corev1.DefaultResourceRequestsPrefix)
	if limit, ok := strings.CutPrefix(string(name), "limits."); ok {
		list, plain = r.Limits, limit
	}
	_, ok := list[corev1.ResourceName(plain)]
	return ok
}

func join(names []corev1.ResourceName) string {
	text := make([]string, len(names))
	for i, n := range names {
		text[i] = string(n)
	}
	return strings.Join(text, ",")
}

func shown(list corev1.ResourceList, names []corev1.ResourceName) string {
	var parts []string
	for _, name := range names {
		q := list[name]
		parts = append(parts, fmt.Sprintf("%s=%s", name, q.String()))
	}
	return strings.Join(parts, ",")
}
