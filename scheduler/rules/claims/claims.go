package claims

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/component-helpers/storage/ephemeral"
	storage "k8s.io/component-helpers/storage/volume"

	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/snapshot"
)

// Rule stands where upstream has VolumeRestrictions, VolumeBinding and DynamicResources.
func Rule() rules.Rule {
	return rules.Rule{Name: "VolumeBinding", Filter: filter, Storage: true, Helps: func(_ *snapshot.Pod, _ *snapshot.Snapshot, e rules.Event) bool {
		return e.New == nil // a claim of which one pod at a time may make use may be free now
	}}
}

// The reasons, by bit.
const (
	wrongNode rules.Reasons = 1 << iota
	nothingFree
	volumeGone
	inUse
)

var names = []string{
	"node(s) didn't match PersistentVolume's node affinity",
	"node(s) didn't find available persistent volumes to bind",
	"node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)",
	"node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode",
}

func impossible(format string, args ...any) rules.Filter {
	return rules.Filter{Impossible: fmt.Sprintf(format, args...)}
}

func filter(p *snapshot.Pod, s *snapshot.Snapshot) rules.Filter {
	if list := p.Object.Spec.ResourceClaims; len(list) > 0 {
		return impossible("resource claim %q cannot be allocated: that is not supported yet", list[0].Name)
	}
	all, why := claimsOf(p.Object, s)
	if why != "" {
		return impossible("%s", why)
	}
	if len(all) == 0 {
		return rules.Filter{}
	}
	for _, c := range all {
		if slices.Contains(c.Spec.AccessModes, corev1.ReadWriteOncePod) && usedByAnother(p.Object, c.Name, s) {
			return rules.Filter{Names: names, Check: func(*snapshot.Node) rules.Reasons { return inUse }}
		}
		if !complete(c) && !late(c, s) {
			return impossible("pod has unbound immediate PersistentVolumeClaims")
		}
	}
	return rules.Filter{Names: names, Check: func(n *snapshot.Node) rules.Reasons {
		_, why := choose(all, n, s)
		return why
	}}
}

// Key is under which the snapshot has a claim.
func Key(c *corev1.PersistentVolumeClaim) string { return c.Namespace + "/" + c.Name }

// claimsOf finds the claims that the pod uses; why is what is wrong with one.
func claimsOf(pod *corev1.Pod, s *snapshot.Snapshot) (all []*corev1.PersistentVolumeClaim, why string) {
	for i := range pod.Spec.Volumes {
		v := &pod.Spec.Volumes[i]
		var name string
		switch {
		case v.PersistentVolumeClaim != nil:
			name = v.PersistentVolumeClaim.ClaimName
		case v.Ephemeral != nil:
			name = ephemeral.VolumeClaimName(pod, v)
		default:
			continue
		}
		c := s.Claims[pod.Namespace+"/"+name]
		switch {
		case c == nil && v.Ephemeral != nil:
			return nil, fmt.Sprintf("waiting for ephemeral volume controller to create the persistentvolumeclaim %q", name)
		case c == nil:
			return nil, fmt.Sprintf("persistentvolumeclaim %q not found", name)
		case c.Status.Phase == corev1.ClaimLost:
			return nil, fmt.Sprintf("persistentvolumeclaim %q bound to non-existent persistentvolume %q", name, c.Spec.VolumeName)
		case c.DeletionTimestamp != nil:
			return nil, fmt.Sprintf("persistentvolumeclaim %q is being deleted", name)
		}
		if v.Ephemeral != nil {
			if err := ephemeral.VolumeIsForPod(pod, c); err != nil {
				return nil, err.Error()
			}
		}
		all = append(all, c)
	}
	return all, ""
}

// usedByAnother tells whether another pod that is on a node uses the claim.
func usedByAnother(pod *corev1.Pod, claim string, s *snapshot.Snapshot) bool {
	uses := func(o *snapshot.Pod) bool {
		return o.Object.Namespace == pod.Namespace && o.Object.UID != pod.UID && slices.ContainsFunc(o.Object.Spec.Volumes, func(v corev1.Volume) bool {
			return v.PersistentVolumeClaim != nil && v.PersistentVolumeClaim.ClaimName == claim || v.Ephemeral != nil && ephemeral.VolumeClaimName(o.Object, &v) == claim
		})
	}
	return slices.ContainsFunc(s.Nodes(), func(n *snapshot.Node) bool { return slices.ContainsFunc(n.Pods, uses) })
}

// complete tells that both sides of the binding are written.
func complete(c *corev1.PersistentVolumeClaim) bool {
	_, ok := c.Annotations[storage.AnnBindCompleted]
	return ok && c.Spec.VolumeName != ""
}

// late tells that the claim waits for its first pod. One that names its volume is the binder's.
func late(c *corev1.PersistentVolumeClaim, s *snapshot.Snapshot) bool {
	class := s.Classes[storage.GetPersistentVolumeClaimClass(c)]
	return c.Spec.VolumeName == "" && class != nil && class.VolumeBindingMode != nil && *class.VolumeBindingMode == storagev1.VolumeBindingWaitForFirstConsumer
}
