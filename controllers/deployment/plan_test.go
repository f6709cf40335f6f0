package deployment

import (
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func template(image string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "web"}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: image}}}}
}

// web is a deployment of the template "new"; surge and unavailable are counts or percentages.
func web(replicas int32, surge, unavailable string, edits ...func(*appsv1.Deployment)) *appsv1.Deployment {
	s, u := intstr.Parse(surge), intstr.Parse(unavailable)
	d := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "ns", UID: "web-uid", Generation: 2},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, RevisionHistoryLimit: new(int32(10)), ProgressDeadlineSeconds: new(int32(600)),
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}},
			Template: template("new"),
			Strategy: appsv1.DeploymentStrategy{Type: appsv1.RollingUpdateDeploymentStrategyType,
				RollingUpdate: &appsv1.RollingUpdateDeployment{MaxSurge: &s, MaxUnavailable: &u}},
		},
	}
	for _, e := range edits {
		e(d)
	}
	return d
}

func recreate(d *appsv1.Deployment) {
	d.Spec.Strategy = appsv1.DeploymentStrategy{Type: appsv1.RecreateDeploymentStrategyType}
}
func pause(d *appsv1.Deployment) { d.Spec.Paused = true }

// set is a replica set of the template name, with so many pods wanted and available, made for a deployment of that size.
func set(name string, revision int, replicas, available, desired, most int32) *appsv1.ReplicaSet {
	return &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: metav1.NewTime(now.Add(time.Duration(revision) * time.Minute)), Annotations: map[string]string{
			revisionAnnotation: fmt.Sprint(revision), desiredAnnotation: fmt.Sprint(desired), maxAnnotation: fmt.Sprint(most),
		}},
		Spec:   appsv1.ReplicaSetSpec{Replicas: &replicas, Template: template(name)},
		Status: appsv1.ReplicaSetStatus{Replicas: replicas, ReadyReplicas: available, AvailableReplicas: available},
	}
}

// sizes writes a step as text: what is made, the new sizes, what is deleted.
func sizes(step Step) string {
	var words []string
	if step.Create != nil {
		words = append(words, fmt.Sprintf("+%s:%d", step.Create.Spec.Template.Spec.Containers[0].Image, *step.Create.Spec.Replicas))
	}
	for _, c := range step.Update {
		if *c.From.Spec.Replicas != *c.To.Spec.Replicas {
			words = append(words, fmt.Sprintf("%s:%d", c.To.Name, *c.To.Spec.Replicas))
		}
	}
	for _, rs := range step.Delete {
		words = append(words, "-"+rs.Name)
	}
	return strings.Join(words, " ")
}

func TestDecide(t *testing.T) {
	going := func(d *appsv1.Deployment) { d.DeletionTimestamp = &metav1.Time{Time: now} }
	finished := func(d *appsv1.Deployment) {
		d.Status = appsv1.DeploymentStatus{Replicas: 1, UpdatedReplicas: 1, AvailableReplicas: 1, ObservedGeneration: 2}
		d.Spec.RevisionHistoryLimit = new(int32(1))
	}
	changed := func(d *appsv1.Deployment) { d.Generation++ }
	for _, c := range []struct {
		name    string
		d       *appsv1.Deployment
		sets    []*appsv1.ReplicaSet
		oldPods bool
		want    string
	}{
		{"a new deployment", web(3, "25%", "25%"), nil, false, "+new:3"},
		{"a deployment that goes", web(3, "25%", "25%", going), nil, false, ""},
		{"paused: nothing is made", web(3, "25%", "25%", pause), nil, false, ""},
		{"done", web(3, "1", "0"), []*appsv1.ReplicaSet{set("new", 2, 3, 3, 3, 4), set("old", 1, 0, 0, 3, 4)}, false, ""},

		{"rolling begins by the surge, and takes what may be missing", web(10, "25%", "25%"), []*appsv1.ReplicaSet{set("old", 1, 10, 10, 10, 13)}, false, "+new:3 old:8"},
		{"no surge: room is made first", web(3, "0", "1"), []*appsv1.ReplicaSet{set("old", 1, 3, 3, 3, 3)}, false, "+new:0 old:2"},
		{"none may be missing: new ones come first", web(3, "1", "0"), []*appsv1.ReplicaSet{set("old", 1, 3, 3, 3, 4)}, false, "+new:1"},
		{"neither: one may be missing", web(3, "0", "0"), []*appsv1.ReplicaSet{set("old", 1, 3, 3, 3, 3)}, false, "+new:0 old:2"},
		{"one has become available", web(3, "1", "0"), []*appsv1.ReplicaSet{set("new", 2, 1, 1, 3, 4), set("old", 1, 3, 3, 3, 4)}, false, "old:2"},
		{"old ones gone make room", web(3, "1", "0"), []*appsv1.ReplicaSet{set("new", 2, 1, 1, 3, 4), set("old", 1, 2, 2, 3, 4)}, false, "new:2"},
		{"waiting for the new one", web(3, "1", "0"), []*appsv1.ReplicaSet{set("new", 2, 1, 0, 3, 4), set("old", 1, 3, 3, 3, 4)}, false, ""},
		{"unhealthy old ones go first, oldest set first", web(4, "1", "1"), []*appsv1.ReplicaSet{set("new", 3, 2, 2, 4, 5), set("older", 1, 1, 1, 4, 5), set("old", 2, 2, 0, 4, 5)}, false, "old:0"},
		{"old ones that do not work make way for new ones that are not ready yet", web(3, "1", "1"), []*appsv1.ReplicaSet{set("new", 2, 1, 0, 3, 4), set("old", 1, 3, 0, 3, 4)}, false, "old:2"},
		{"a broken rollout keeps what works", web(4, "1", "1"), []*appsv1.ReplicaSet{set("new", 2, 2, 0, 4, 5), set("old", 1, 3, 3, 4, 5)}, false, ""},
		{"back to an earlier template", web(2, "1", "0"), []*appsv1.ReplicaSet{set("new", 1, 0, 0, 2, 3), set("old", 2, 2, 2, 2, 3)}, false, "new:1"},

		{"one set is resized alone", web(5, "25%", "25%"), []*appsv1.ReplicaSet{set("new", 1, 3, 3, 3, 4)}, false, "new:5"},
		{"resized while paused, the old set has the pods", web(5, "25%", "25%", pause), []*appsv1.ReplicaSet{set("old", 1, 3, 3, 3, 4)}, false, "old:5"},
		{"to nothing", web(0, "25%", "25%"), []*appsv1.ReplicaSet{set("new", 2, 5, 5, 10, 13), set("old", 1, 8, 8, 10, 13)}, false, "new:0 old:0"},
		{"shares, as the API's documentation counts them", web(15, "3", "2"), []*appsv1.ReplicaSet{set("new", 2, 5, 0, 10, 13), set("old", 1, 8, 8, 10, 13)}, false, "new:7 old:11"},
		{"shares when shrinking", web(5, "0", "2"), []*appsv1.ReplicaSet{set("new", 2, 5, 5, 10, 10), set("old", 1, 5, 5, 10, 10)}, false, "new:3 old:2"},
		{"what rounding leaves over is the newest of the largest", web(10, "0", "2"), []*appsv1.ReplicaSet{set("a", 1, 3, 3, 9, 9), set("b", 2, 3, 3, 9, 9), set("new", 3, 3, 3, 9, 9)}, false, "new:4"},
		{"nothing to share by", web(5, "0", "1", pause), []*appsv1.ReplicaSet{set("new", 2, 1, 1, 3, 0), set("old", 1, 2, 2, 3, 0)}, false, "old:4"},

		{"recreate: old ones go first", web(2, "0", "0", recreate), []*appsv1.ReplicaSet{set("old", 1, 2, 2, 2, 2)}, true, "old:0"},
		{"recreate: they are still stopping", web(2, "0", "0", recreate), []*appsv1.ReplicaSet{set("old", 1, 0, 0, 2, 2)}, true, ""},
		{"recreate: now the new ones", web(2, "0", "0", recreate), []*appsv1.ReplicaSet{set("old", 1, 0, 0, 2, 2)}, false, "+new:2"},
		{"recreate: resized", web(3, "0", "0", recreate), []*appsv1.ReplicaSet{set("new", 1, 2, 2, 2, 2)}, false, "new:3"},
		{"recreate: switched to in the middle of a rolling update", web(3, "0", "0", recreate), []*appsv1.ReplicaSet{set("new", 2, 2, 2, 2, 2), set("old", 1, 1, 1, 2, 2)}, true, "old:0"},

		{"history: the earliest go", web(1, "1", "0", finished), []*appsv1.ReplicaSet{set("new", 4, 1, 1, 1, 2), set("a", 3, 0, 0, 1, 2), set("b", 1, 0, 0, 1, 2), set("c", 2, 0, 0, 1, 2)}, false, "-b -c"},
		{"history: not in the middle of a rollout", web(1, "1", "0", finished, changed), []*appsv1.ReplicaSet{set("a", 3, 1, 1, 1, 2), set("b", 1, 0, 0, 1, 2), set("c", 2, 0, 0, 1, 2)}, false, "+new:1"},
	} {
		state := See(c.d, c.sets)
		state.OldPods = c.oldPods
		step, err := Decide(state)
		if got := sizes(step); err != nil || got != c.want {
			t.Errorf("%s: %q (%v), want %q", c.name, got, err, c.want)
		}
	}
}

// TestRolloutsKeepTheirBounds rolls deployments of many sizes and bounds from end to end. Pods appear, become available and go one at a
// time, the slowest way there is.
func TestRolloutsKeepTheirBounds(t *testing.T) {
	for _, bounds := range [][2]string{{"25%", "25%"}, {"1", "0"}, {"0", "1"}, {"100%", "0"}, {"0", "100%"}, {"3", "2"}} {
		for wanted := int32(0); wanted <= 12; wanted++ {
			d := web(wanted, bounds[0], bounds[1])
			roll(t, d, []*appsv1.ReplicaSet{set("old", 1, wanted, wanted, wanted, wanted)})
		}
	}
}

func roll(t *testing.T, d *appsv1.Deployment, sets []*appsv1.ReplicaSet) {
	t.Helper()
	wanted := *d.Spec.Replicas
	p, err := draw(State{Deployment: d})
	if err != nil {
		t.Fatal(err)
	}
	for range 500 {
		step, err := Decide(See(d, sets))
		if err != nil {
			t.Fatal(err)
		}
		sets = apply(sets, step)
		total, available := int32(0), int32(0)
		for _, rs := range sets {
			total += *rs.Spec.Replicas
			available += min(*rs.Spec.Replicas, rs.Status.AvailableReplicas)
		}
		if total > wanted+p.above || available < wanted-p.below {
			t.Fatalf("%d pods, %d available; bounds are %d and %d (%s)", total, available, wanted+p.above, wanted-p.below, sizes(step))
		}
		if moved := tick(sets); !moved && step.Create == nil && len(step.Update) == 0 {
			break
		}
	}
	end := See(d, sets)
	if *end.Current.Spec.Replicas != wanted || *end.Old[0].Spec.Replicas != 0 {
		t.Errorf("a rollout of %d pods, +%d -%d, ended with %d new and %d old ones", wanted, p.above, p.below, *end.Current.Spec.Replicas, *end.Old[0].Spec.Replicas)
	}
}

func apply(sets []*appsv1.ReplicaSet, step Step) []*appsv1.ReplicaSet {
	for _, c := range step.Update {
		for i := range sets {
			if sets[i] == c.From {
				sets[i] = c.To
			}
		}
	}
	if step.Create != nil {
		sets = append(sets, step.Create)
	}
	return sets
}

// tick lets one pod of one set come, become available, or go.
func tick(sets []*appsv1.ReplicaSet) bool {
	for _, rs := range sets {
		s := &rs.Status
		switch {
		case s.Replicas > *rs.Spec.Replicas:
			s.Replicas--
			s.AvailableReplicas = min(s.AvailableReplicas, s.Replicas)
		case s.Replicas < *rs.Spec.Replicas:
			s.Replicas++
		case s.AvailableReplicas < s.Replicas:
			s.AvailableReplicas++
		default:
			continue
		}
		return true
	}
	return false
}
