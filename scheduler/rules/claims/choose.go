package claims

import (
	"cmp"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	storage "k8s.io/component-helpers/storage/volume"

	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/snapshot"
)

// Choice is what a pod's claims get on its node.
type Choice struct {
	// Bind are claims, and volumes that are there.
	Bind []Binding
	// Make are claims whose volumes are to be made.
	Make []*corev1.PersistentVolumeClaim
}

// Binding is a claim and its volume.
type Binding struct {
	Claim  *corev1.PersistentVolumeClaim
	Volume *corev1.PersistentVolume
}

// Choose says what the pod's claims get on a node that the rule let through; nil where they have all that they need.
func Choose(p *snapshot.Pod, s *snapshot.Snapshot, n *snapshot.Node) *Choice {
	all, _ := claimsOf(p.Object, s)
	if len(all) == 0 {
		return nil
	}
	c, _ := choose(all, n, s)
	if len(c.Bind)+len(c.Make) == 0 {
		return nil
	}
	return &c
}

func choose(all []*corev1.PersistentVolumeClaim, n *snapshot.Node, s *snapshot.Snapshot) (c Choice, why rules.Reasons) {
	if n.Object == nil {
		return c, wrongNode
	}
	taken := map[string]*corev1.PersistentVolume{}
	for _, claim := range all {
		if complete(claim) {
			switch v := s.Volumes[claim.Spec.VolumeName]; {
			case v == nil:
				why |= volumeGone
			case storage.CheckNodeAffinity(v, n.Object.Labels) != nil:
				why |= wrongNode
			}
			continue
		}
		for name, of := range s.Promised {
			if v := s.Volumes[name]; v != nil && of != Key(claim) {
				taken[name] = v
			}
		}
		v, err := storage.FindMatchingVolume(claim, candidates(claim, s), n.Object, taken, true, true)
		switch {
		case err == nil && v != nil:
			taken[v.Name] = v
			c.Bind = append(c.Bind, Binding{claim, v})
		case err == nil && makeable(claim, n, s):
			c.Make = append(c.Make, claim)
		default:
			why |= nothingFree
		}
	}
	return c, why
}

// candidates are the volumes of the claim's class, and those that name a claim; in the order of names, so that the choice is always the same.
func candidates(c *corev1.PersistentVolumeClaim, s *snapshot.Snapshot) []*corev1.PersistentVolume {
	class := storage.GetPersistentVolumeClaimClass(c)
	var list []*corev1.PersistentVolume
	for _, v := range s.Volumes {
		if v.Spec.ClaimRef == nil && storage.GetPersistentVolumeClass(v) == class || storage.IsVolumeBoundToClaim(v, c) {
			list = append(list, v)
		}
	}
	slices.SortFunc(list, func(a, b *corev1.PersistentVolume) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// makeable tells whether a volume can be made for the claim on the node. One that is being made elsewhere cannot, as long as that node is there.
func makeable(c *corev1.PersistentVolumeClaim, n *snapshot.Node, s *snapshot.Snapshot) bool {
	if at := c.Annotations[storage.AnnSelectedNode]; at != "" && at != n.Name {
		if _, there := s.Node(at); there {
			return false
		}
	}
	class := s.Classes[storage.GetPersistentVolumeClaimClass(c)]
	if class == nil || class.Provisioner == "kubernetes.io/no-provisioner" {
		return false
	}
	return len(class.AllowedTopologies) == 0 || slices.ContainsFunc(class.AllowedTopologies, func(t corev1.TopologySelectorTerm) bool {
		return !slices.ContainsFunc(t.MatchLabelExpressions, func(e corev1.TopologySelectorLabelRequirement) bool {
			value, ok := n.Object.Labels[e.Key]
			return !ok || !slices.Contains(e.Values, value)
		})
	})
}

// Done tells whether all is as chosen. An error says that it cannot be had on the node any more.
func (c *Choice) Done(node string, s *snapshot.Snapshot) (bool, error) {
	n, ok := s.Node(node)
	if !ok {
		return false, fmt.Errorf("node %q is gone", node)
	}
	done := true
	check := func(was *corev1.PersistentVolumeClaim, made bool) error {
		claim := s.Claims[Key(was)]
		switch {
		case claim == nil || claim.UID != was.UID:
			return fmt.Errorf("persistentvolumeclaim %q is gone", was.Name)
		case complete(claim):
			v := s.Volumes[claim.Spec.VolumeName]
			if v == nil {
				done = false // it is on its way
				return nil
			}
			if err := storage.CheckNodeAffinity(v, n.Object.Labels); err != nil {
				return fmt.Errorf("volume %q of persistentvolumeclaim %q cannot be used on node %q", v.Name, claim.Name, node)
			}
		case made && claim.Annotations[storage.AnnSelectedNode] != node && newer(claim, was):
			return fmt.Errorf("a volume for persistentvolumeclaim %q cannot be made on node %q", claim.Name, node)
		default:
			done = false
		}
		return nil
	}
	for _, b := range c.Bind {
		if err := check(b.Claim, false); err != nil {
			return false, err
		}
	}
	for _, claim := range c.Make {
		if err := check(claim, true); err != nil {
			return false, err
		}
	}
	return done, nil
}

// newer tells that the snapshot has seen the claim change since the choice: what it says of its node is said on purpose.
func newer(now, was *corev1.PersistentVolumeClaim) bool {
	return now.ResourceVersion != was.ResourceVersion
}
