package deployment

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// told writes a condition as text.
func told(status *appsv1.DeploymentStatus, kind appsv1.DeploymentConditionType) string {
	for _, c := range status.Conditions {
		if c.Type == kind {
			return strings.TrimSpace(fmt.Sprintf("%s %s %s", c.Status, c.Reason, c.LastUpdateTime.Sub(now)))
		}
	}
	return ""
}

func TestCounts(t *testing.T) {
	current, old := set("new", 2, 3, 1, 3, 4), set("old", 1, 2, 2, 3, 4)
	old.Status.TerminatingReplicas = new(int32(1))
	status, _ := Status(See(web(3, "1", "1"), []*appsv1.ReplicaSet{current, old}), Outcome{}, now)
	if status.Replicas != 5 || status.UpdatedReplicas != 3 || status.ReadyReplicas != 3 || status.AvailableReplicas != 3 ||
		status.UnavailableReplicas != 2 || *status.TerminatingReplicas != 1 || status.ObservedGeneration != 2 {
		t.Errorf("status is %+v", status)
	}
	if got := told(&status, appsv1.DeploymentAvailable); got != "True MinimumReplicasAvailable 0s" {
		t.Errorf("available: %s", got)
	}
}

// TestProgress tells the life of one deployment, each status following from the one before.
func TestProgress(t *testing.T) {
	var status appsv1.DeploymentStatus
	failing := set("new", 1, 3, 0, 3, 4)
	failing.Status.Conditions = []appsv1.ReplicaSetCondition{{Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue, Reason: "FailedCreate"}}
	for _, c := range []struct {
		name     string
		after    time.Duration
		edit     func(*appsv1.Deployment)
		sets     []*appsv1.ReplicaSet
		outcome  Outcome
		progress string
		failure  string
		wait     time.Duration
	}{
		{"the set cannot be made", 0, nil, nil, Outcome{Failed: errors.New("quota")}, "False ReplicaSetCreateError 0s", "", 0},
		{"it is made", time.Second, nil, []*appsv1.ReplicaSet{set("new", 1, 0, 0, 3, 4)}, Outcome{Created: "new"}, "True NewReplicaSetCreated 1s", "", 601 * time.Second},
		{"pods come", 2 * time.Second, nil, []*appsv1.ReplicaSet{set("new", 1, 3, 0, 3, 4)}, Outcome{}, "True ReplicaSetUpdated 2s", "", 600 * time.Second},
		{"nothing new", 12 * time.Second, nil, []*appsv1.ReplicaSet{set("new", 1, 3, 0, 3, 4)}, Outcome{}, "True ReplicaSetUpdated 2s", "", 591 * time.Second},
		{"a set fails", 12 * time.Second, nil, []*appsv1.ReplicaSet{failing}, Outcome{}, "True ReplicaSetUpdated 2s", "True FailedCreate 12s", 591 * time.Second},
		{"one becomes available", 20 * time.Second, nil, []*appsv1.ReplicaSet{set("new", 1, 3, 1, 3, 4)}, Outcome{}, "True ReplicaSetUpdated 20s", "", 600 * time.Second},
		{"paused", 30 * time.Second, pause, []*appsv1.ReplicaSet{set("new", 1, 3, 1, 3, 4)}, Outcome{}, "Unknown DeploymentPaused 30s", "", 0},
		{"resumed", 40 * time.Second, nil, []*appsv1.ReplicaSet{set("new", 1, 3, 1, 3, 4)}, Outcome{}, "Unknown DeploymentResumed 40s", "", 601 * time.Second},
		{"not in time", 642 * time.Second, nil, []*appsv1.ReplicaSet{set("new", 1, 3, 1, 3, 4)}, Outcome{}, "False ProgressDeadlineExceeded 10m42s", "", 0},
		{"pausing hides no failure", 643 * time.Second, pause, []*appsv1.ReplicaSet{set("new", 1, 3, 1, 3, 4)}, Outcome{}, "False ProgressDeadlineExceeded 10m42s", "", 0},
		{"late but well", 700 * time.Second, nil, []*appsv1.ReplicaSet{set("new", 1, 3, 3, 3, 4)}, Outcome{}, "True NewReplicaSetAvailable 11m40s", "", 0},
		{"a pod fails later, which is no rollout", 800 * time.Second, nil, []*appsv1.ReplicaSet{set("new", 1, 3, 2, 3, 4)}, Outcome{}, "True NewReplicaSetAvailable 11m40s", "", 0},
		{"no deadline, no condition", 900 * time.Second, func(d *appsv1.Deployment) { d.Spec.ProgressDeadlineSeconds = nil }, []*appsv1.ReplicaSet{set("new", 1, 3, 2, 3, 4)}, Outcome{}, "", "", 0},
		{"a deadline again", 901 * time.Second, nil, []*appsv1.ReplicaSet{set("new", 1, 3, 2, 3, 4)}, Outcome{}, "True FoundNewReplicaSet 15m1s", "", 601 * time.Second},
	} {
		d := web(3, "1", "0")
		if c.edit != nil {
			c.edit(d)
		}
		d.Status = status
		var wait time.Duration
		status, wait = Status(See(d, c.sets), c.outcome, now.Add(c.after))
		if got := told(&status, appsv1.DeploymentProgressing); got != c.progress || wait != c.wait {
			t.Errorf("%s: %q, look again in %v; want %q, %v", c.name, got, wait, c.progress, c.wait)
		}
		if got := told(&status, appsv1.DeploymentReplicaFailure); got != c.failure {
			t.Errorf("%s: failure %q, want %q", c.name, got, c.failure)
		}
	}
}

func TestStatusSaysNothingTwice(t *testing.T) {
	d := web(3, "1", "0")
	sets := []*appsv1.ReplicaSet{set("new", 1, 3, 1, 3, 4)}
	d.Status, _ = Status(See(d, sets), Outcome{Created: "new"}, now)
	again, _ := Status(See(d, sets), Outcome{}, now.Add(time.Minute))
	if !sameStatus(&d.Status, &again) {
		t.Errorf("nothing happened, but the status went from %+v to %+v", d.Status, again)
	}
}

func TestCollision(t *testing.T) {
	d := web(1, "1", "0")
	first, _ := Decide(State{Deployment: d})
	d.Status, _ = Status(State{Deployment: d}, Outcome{Collision: true}, now)
	second, _ := Decide(State{Deployment: d})
	if *d.Status.CollisionCount != 1 || first.Create.Name == second.Create.Name {
		t.Errorf("after a collision the name must change: %s, %s", first.Create.Name, second.Create.Name)
	}
}

func TestTransitionTimes(t *testing.T) {
	c := conditions{&appsv1.DeploymentStatus{}, metav1.NewTime(now)}
	c.set(appsv1.DeploymentProgressing, corev1.ConditionTrue, setCreated, "")
	later := conditions{c.DeploymentStatus, metav1.NewTime(now.Add(time.Minute))}
	later.renew(appsv1.DeploymentProgressing, corev1.ConditionTrue, setUpdated, "")
	got := later.get(appsv1.DeploymentProgressing)
	if !got.LastTransitionTime.Time.Equal(now) || !got.LastUpdateTime.Time.Equal(now.Add(time.Minute)) {
		t.Errorf("an update of the same status is no transition: %+v", got)
	}
}
