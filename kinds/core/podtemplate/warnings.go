package podtemplate

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// SpecWarnings are Warnings for a template or a pod, whose specification is at path (nil: at the top). What an old template had already is not told
// again.
func SpecWarnings(t, old *corev1.PodTemplateSpec, path *field.Path) []string {
	w := &warner{}
	spec := path.Child("spec")
	w.nodes(&t.Spec, spec)
	w.volumes(&t.Spec, spec.Child("volumes"))
	w.pullSecrets(t.Spec.ImagePullSecrets, spec.Child("imagePullSecrets"))
	w.containers(t.Spec.InitContainers, spec.Child("initContainers"))
	w.containers(t.Spec.Containers, spec.Child("containers"))
	w.pod(&t.Spec, spec)
	if old == nil {
		return w.list
	}
	before := map[string]bool{}
	for _, s := range SpecWarnings(old, nil, path) {
		before[s] = true
	}
	var fresh []string
	for _, s := range w.list {
		if !before[s] {
			fresh = append(fresh, s)
		}
	}
	return fresh
}

type warner struct{ list []string }

func (w *warner) add(format string, args ...any) {
	w.list = append(w.list, fmt.Sprintf(format, args...))
}

// Labels and annotations that were replaced by others long ago, with their replacements.
var oldNodeLabels = map[string]string{
	"beta.kubernetes.io/arch":                  `use "kubernetes.io/arch" instead`,
	"beta.kubernetes.io/os":                    `use "kubernetes.io/os" instead`,
	"failure-domain.beta.kubernetes.io/region": `use "topology.kubernetes.io/region" instead`,
	"failure-domain.beta.kubernetes.io/zone":   `use "topology.kubernetes.io/zone" instead`,
	"beta.kubernetes.io/instance-type":         `use "node.kubernetes.io/instance-type" instead`,
}

func (w *warner) nodes(spec *corev1.PodSpec, path *field.Path) {
	for key := range spec.NodeSelector {
		if use, ok := oldNodeLabels[key]; ok {
			w.add("%s: deprecated since v1.14; %s", path.Child("nodeSelector").Key(key), use)
		}
	}
	if a := spec.Affinity; a != nil && a.NodeAffinity != nil {
		at := path.Child("affinity", "nodeAffinity")
		if r := a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution; r != nil {
			for i := range r.NodeSelectorTerms {
				w.term(&r.NodeSelectorTerms[i], at.Child(needed, "nodeSelectorTerms").Index(i))
			}
		}
		for i := range a.NodeAffinity.PreferredDuringSchedulingIgnoredDuringExecution {
			w.term(&a.NodeAffinity.PreferredDuringSchedulingIgnoredDuringExecution[i].Preference, at.Child(preferred).Index(i).Child("preference"))
		}
	}
	for i, c := range spec.TopologySpreadConstraints {
		at := path.Child("topologySpreadConstraints").Index(i)
		if use, ok := oldNodeLabels[c.TopologyKey]; ok {
			w.add("%s: %s is deprecated since v1.17; %s", at, c.TopologyKey, use)
		}
		if c.LabelSelector == nil {
			w.add("%s: a null labelSelector results in matching no pod", at.Child("labelSelector"))
		}
	}
}

func (w *warner) term(t *corev1.NodeSelectorTerm, path *field.Path) {
	if len(t.MatchExpressions) == 0 && len(t.MatchFields) == 0 {
		w.add("%s: an empty nodeSelectorTerm matches no objects", path)
	}
	for i, e := range t.MatchExpressions {
		if use, ok := oldNodeLabels[e.Key]; ok {
			w.add("%s: %s is deprecated since v1.14; %s", path.Child("matchExpressions").Index(i).Child("key"), e.Key, use)
		}
	}
}

func (w *warner) volumes(spec *corev1.PodSpec, path *field.Path) {
	for i := range spec.Volumes {
		v, at := &spec.Volumes[i], path.Index(i)
		for _, gone := range []struct {
			name string
			set  bool
			why  string
		}{
			{"photonPersistentDisk", v.PhotonPersistentDisk != nil, "deprecated in v1.11, non-functional in v1.16+"},
			{"gitRepo", v.GitRepo != nil, "deprecated in v1.11, and disabled by default in v1.33+"},
			{"scaleIO", v.ScaleIO != nil, "deprecated in v1.16, non-functional in v1.22+"},
			{"flocker", v.Flocker != nil, "deprecated in v1.22, non-functional in v1.25+"},
			{"storageOS", v.StorageOS != nil, "deprecated in v1.22, non-functional in v1.25+"},
			{"quobyte", v.Quobyte != nil, "deprecated in v1.22, non-functional in v1.25+"},
			{"glusterfs", v.Glusterfs != nil, "deprecated in v1.25, non-functional in v1.26+"},
			{"cephfs", v.CephFS != nil, "deprecated in v1.28, non-functional in v1.31+"},
			{"rbd", v.RBD != nil, "deprecated in v1.28, non-functional in v1.31+"},
		} {
			if gone.set {
				w.add("%s: %s", at.Child(gone.name), gone.why)
			}
		}
	}
}

func (w *warner) containers(list []corev1.Container, path *field.Path) {
	for i := range list {
		c, at := &list[i], path.Index(i)
		w.amounts(c.Resources.Limits, at.Child("resources", "limits"))
		w.amounts(c.Resources.Requests, at.Child("resources", "requests"))
		w.env(c, at.Child("env"))
		w.ports(c, at)
	}
}

// A fraction of a byte was meant to be something else.
func (w *warner) amounts(list corev1.ResourceList, path *field.Path) {
	for _, name := range []corev1.ResourceName{corev1.ResourceMemory, corev1.ResourceEphemeralStorage} {
		if q, ok := list[name]; ok && q.MilliValue()%1000 != 0 {
			w.add("%s: fractional byte value %q is invalid, must be an integer", path.Key(string(name)), q.String())
		}
	}
}

func (w *warner) env(c *corev1.Container, path *field.Path) {
	first := make(map[string]int, len(c.Env))
	for i, e := range c.Env {
		j, ok := first[e.Name]
		if !ok {
			first[e.Name] = i
			continue
		}
		// One that refers to its earlier self is extended, not hidden.
		if !strings.Contains(e.Value, "$("+e.Name+")") {
			w.add("%s: hides previous definition of %q, which may be dropped when using apply", path.Index(i), c.Env[j].Name)
		}
	}
}

func (w *warner) ports(c *corev1.Container, path *field.Path) {
	first := make(map[corev1.ContainerPort]int, len(c.Ports))
	for i := range c.Ports {
		if p := c.Ports[i]; p.HostIP != "" && p.HostPort == 0 {
			w.add("%s: hostIP set without hostPort: %+v", path.Child("ports").Index(i), p)
		}
		same := c.Ports[i]
		same.Name = ""
		if j, ok := first[same]; ok {
			w.add("%s: duplicate port definition with %s", path.Child("ports").Index(i), path.Child("ports").Index(j))
		} else {
			first[same] = i
		}
	}
}

func (w *warner) pullSecrets(refs []corev1.LocalObjectReference, path *field.Path) {
	seen := make(map[string]bool, len(refs))
	for i, ref := range refs {
		switch at := path.Index(i).Child("name"); {
		case ref.Name == "":
			w.add("%s: invalid empty name %q", at, ref.Name)
		case seen[ref.Name]:
			w.add("%s: duplicate name %q", at, ref.Name)
		}
		seen[ref.Name] = true
	}
}

func (w *warner) pod(spec *corev1.PodSpec, path *field.Path) {
	if s := spec.TerminationGracePeriodSeconds; s != nil && *s < 0 {
		w.add("%s: must be >= 0; negative values are invalid and will be treated as 1", path.Child("terminationGracePeriodSeconds"))
	}
	if a := spec.Affinity; a != nil {
		at := path.Child("affinity")
		if a.PodAffinity != nil {
			w.terms(a.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution, a.PodAffinity.PreferredDuringSchedulingIgnoredDuringExecution, at.Child("podAffinity"))
		}
		if a.PodAntiAffinity != nil {
			w.terms(a.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution, a.PodAntiAffinity.PreferredDuringSchedulingIgnoredDuringExecution, at.Child("podAntiAffinity"))
		}
	}
	if c := spec.DNSConfig; c != nil {
		for i, ip := range c.Nameservers {
			w.address(ip, path.Child("dnsConfig", "nameservers").Index(i))
		}
	}
	seen := map[string]int{}
	for i, a := range spec.HostAliases {
		at := path.Child("hostAliases")
		if j, ok := seen[a.IP]; ok {
			w.add("%s: duplicate ip with %s", at.Index(i), at.Index(j))
		} else {
			seen[a.IP] = i
		}
		w.address(a.IP, at.Index(i).Child("ip"))
	}
}

func (w *warner) terms(required []corev1.PodAffinityTerm, weighted []corev1.WeightedPodAffinityTerm, path *field.Path) {
	const message = "%s: a null labelSelector results in matching no pod"
	for i := range required {
		if required[i].LabelSelector == nil {
			w.add(message, path.Child(needed).Index(i).Child("labelSelector"))
		}
	}
	for i := range weighted {
		if weighted[i].PodAffinityTerm.LabelSelector == nil {
			w.add(message, path.Child(preferred).Index(i).Child("podAffinityTerm", "labelSelector"))
		}
	}
}

// Only what is an address at all can be told to be an odd one.
func (w *warner) address(ip string, path *field.Path) {
	if rules.IsIP(ip) {
		w.list = append(w.list, utilvalidation.GetWarningsForIP(path, ip)...)
	}
}
