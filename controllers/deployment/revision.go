package deployment

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/facts/owners"
	"argosy.dev/facts/workloads"
)

// Annotations of replica sets; the first also of deployments. kubectl rollout reads them.
const (
	revisionAnnotation = "deployment.kubernetes.io/revision"
	// historyAnnotation lists the revisions that the set was before, after rollbacks.
	historyAnnotation = "deployment.kubernetes.io/revision-history"
	// desiredAnnotation and maxAnnotation are the deployment's size, and with its surge, for which the set got its own.
	desiredAnnotation = "deployment.kubernetes.io/desired-replicas"
	maxAnnotation     = "deployment.kubernetes.io/max-replicas"
)

// historyLength bounds the history annotation, in bytes; the oldest revisions are forgotten.
const historyLength = 2000

// notCopied are the annotations of a deployment that are not its sets' as well.
var notCopied = []string{revisionAnnotation, historyAnnotation, desiredAnnotation, maxAnnotation, corev1.LastAppliedConfigAnnotation, appsv1.DeprecatedRollbackTo}

// revision is the number of the set in the deployment's history; 0 where it has none.
func revision(rs *appsv1.ReplicaSet) int64 {
	n, err := strconv.ParseInt(rs.Annotations[revisionAnnotation], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// describe keeps the current set's annotations right: the deployment's own, and the newest revision.
func (p *plan) describe() {
	s := p.current
	if s == nil {
		return
	}
	for key, value := range p.d.Annotations {
		if was, ok := s.want.Annotations[key]; (!ok || was != value) && !slices.Contains(notCopied, key) {
			p.annotate(s, key, value)
		}
	}
	if had, next := revision(s.want), p.nextRevision(); had < next {
		if had > 0 {
			p.annotate(s, historyAnnotation, remember(s.want.Annotations[historyAnnotation], had))
		}
		p.annotate(s, revisionAnnotation, strconv.FormatInt(next, 10))
	}
	if s.want.Spec.MinReadySeconds != p.d.Spec.MinReadySeconds {
		s.edit().Spec.MinReadySeconds = p.d.Spec.MinReadySeconds
	}
}

func (p *plan) nextRevision() int64 {
	newest := int64(0)
	for _, s := range p.old {
		newest = max(newest, revision(s.want))
	}
	return newest + 1
}

func remember(history string, revision int64) string {
	list := strconv.FormatInt(revision, 10)
	if history != "" {
		list = history + "," + list
	}
	for len(list) > historyLength {
		_, list, _ = strings.Cut(list, ",")
	}
	return list
}

func (p *plan) annotate(s *draft, key, value string) {
	rs := s.edit()
	if rs.Annotations == nil {
		rs.Annotations = map[string]string{}
	}
	rs.Annotations[key] = value
}

func (p *plan) noteSize(s *draft) {
	for key, n := range map[string]int32{desiredAnnotation: p.wanted, maxAnnotation: p.wanted + p.above} {
		if had, ok := s.number(key); !ok || had != n {
			p.annotate(s, key, strconv.Itoa(int(n)))
		}
	}
}

// create plans the current set, with the deployment's template and so many pods to begin with.
func (p *plan) create(replicas int32) {
	hash := workloads.TemplateHash(&p.d.Spec.Template, p.d.Status.CollisionCount)
	template := p.d.Spec.Template.DeepCopy()
	if template.Labels == nil {
		template.Labels = map[string]string{}
	}
	template.Labels[appsv1.DefaultDeploymentUniqueLabelKey] = hash
	selector := p.d.Spec.Selector.DeepCopy()
	if selector.MatchLabels == nil {
		selector.MatchLabels = map[string]string{}
	}
	selector.MatchLabels[appsv1.DefaultDeploymentUniqueLabelKey] = hash
	p.current = &draft{want: &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{
			Name:            setName(p.d.Name, hash),
			Namespace:       p.d.Namespace,
			Labels:          maps.Clone(template.Labels),
			OwnerReferences: []metav1.OwnerReference{owners.Managing(p.d, kind)},
		},
		Spec: appsv1.ReplicaSetSpec{Replicas: &replicas, MinReadySeconds: p.d.Spec.MinReadySeconds, Selector: selector, Template: *template},
	}}
	p.describe()
	p.noteSize(p.current)
}

func setName(deployment, hash string) string {
	const longest = 253 // a DNS subdomain
	return deployment[:min(len(deployment), longest-1-len(hash))] + "-" + hash
}
