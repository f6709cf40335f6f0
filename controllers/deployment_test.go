package controllers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"argosy.dev/client"
	"argosy.dev/controllers/controllertest"
)

func TestRolloutAndBack(t *testing.T) {
	play(t, []*controllertest.Node{quick("n1")}, func(s *scene) {
		s.create(web("web", 3))
		s.Until("rolled out", time.Minute, s.rolledOut("web"))
		s.is("sets", s.sets("web"), "v1:3/1")
		s.is("progressing", s.condition("web", appsv1.DeploymentProgressing), "True NewReplicaSetAvailable")
		s.is("available", s.condition("web", appsv1.DeploymentAvailable), "True MinimumReplicasAvailable")
		if d := s.deployment("web"); d.Generation != 1 || d.Annotations["deployment.kubernetes.io/revision"] != "1" {
			t.Errorf("generation %d, revision %s; want 1, 1", d.Generation, d.Annotations["deployment.kubernetes.io/revision"])
		}

		first := client.ReplicaSets(s).List("default")[0].Name
		s.is("event", strings.Join(s.events("ScalingReplicaSet"), "; "), "Scaled up replica set "+first+" from 0 to 3")

		s.image("web", "v2")
		s.Until("rolled out", time.Minute, s.rolledOut("web"))
		s.is("sets", s.sets("web"), "v1:0/1 v2:3/2")
		s.Until("old pods gone", time.Minute, func() bool { return s.pods("") == 3 && s.pods("v2") == 3 })

		s.image("web", "v1") // what "kubectl rollout undo" comes to
		s.Until("rolled back", time.Minute, s.rolledOut("web"))
		s.is("sets", s.sets("web"), "v2:0/2 v1:3/3")
		s.is("revision", s.deployment("web").Annotations["deployment.kubernetes.io/revision"], "3")
	})
}

func TestRolloutKeepsItsBounds(t *testing.T) {
	play(t, []*controllertest.Node{quick("n1")}, func(s *scene) {
		s.create(web("web", 10, func(d *appsv1.Deployment) {
			d.Spec.Strategy.RollingUpdate = &appsv1.RollingUpdateDeployment{MaxSurge: new(intstr.FromString("20%")), MaxUnavailable: new(intstr.FromInt32(1))}
			d.Spec.MinReadySeconds = 5
		}))
		s.Until("rolled out", time.Minute, s.rolledOut("web"))
		s.image("web", "v2")
		took := s.Until("rolled out within bounds", 10*time.Minute, func() bool {
			if st := s.deployment("web").Status; st.AvailableReplicas < 9 || s.pods("") > 12 {
				t.Fatalf("%d available, %d pods", st.AvailableReplicas, s.pods(""))
			}
			return s.rolledOut("web")()
		})
		if took < 15*time.Second {
			t.Errorf("three or more waves, each ready for five seconds, cannot be over in %v", took)
		}
	})
}

func TestScalePauseResume(t *testing.T) {
	play(t, []*controllertest.Node{quick("n1")}, func(s *scene) {
		s.create(web("web", 2))
		s.Until("rolled out", time.Minute, s.rolledOut("web"))
		must[*appsv1.Deployment](t)(client.Deployments(s).Patch(s.ctx, "default", "web", types.MergePatchType, []byte(`{"spec":{"paused":true}}`), ""))
		s.image("web", "v2")
		s.patch("web", `{"spec":{"replicas":5}}`)
		s.Until("five pods", time.Minute, func() bool { return s.deployment("web").Status.AvailableReplicas == 5 })
		s.is("sets of a paused deployment", s.sets("web"), "v1:5/1")
		s.is("progressing", s.condition("web", appsv1.DeploymentProgressing), "Unknown DeploymentPaused")
		s.patch("web", `{"spec":{"paused":false}}`)
		s.Until("rolled out", time.Minute, s.rolledOut("web"))
		s.is("sets", s.sets("web"), "v1:0/1 v2:5/2")
		s.patch("web", `{"spec":{"replicas":0}}`)
		s.Until("scaled to nothing", time.Minute, func() bool { return len(client.Pods(s).List("default")) == 0 })
		s.Until("told", time.Minute, s.rolledOut("web"))
	})
}

func TestRecreate(t *testing.T) {
	play(t, []*controllertest.Node{{Name: "n1", Start: time.Second, Stop: 20 * time.Second}}, func(s *scene) {
		s.create(web("web", 3, func(d *appsv1.Deployment) { d.Spec.Strategy.Type = appsv1.RecreateDeploymentStrategyType }))
		s.Until("rolled out", time.Minute, s.rolledOut("web"))
		s.image("web", "v2")
		took := s.Until("rolled out", time.Minute, func() bool {
			olds := 0
			for _, p := range client.Pods(s).List("default") {
				if p.Spec.Containers[0].Image == "v1" {
					olds++
				}
			}
			if olds > 0 && s.pods("v2") > 0 {
				t.Fatal("old and new pods at once")
			}
			return s.rolledOut("web")()
		})
		if took > 22*time.Second {
			t.Errorf("it took %v, want the time to stop and to start and no more", took)
		}
	})
}

func TestProgressDeadline(t *testing.T) {
	node := quick("n1")
	node.Fails = func(p *corev1.Pod) bool { return p.Spec.Containers[0].Image == "bad" }
	play(t, []*controllertest.Node{node}, func(s *scene) {
		s.create(web("web", 3, func(d *appsv1.Deployment) { d.Spec.ProgressDeadlineSeconds = new(int32(60)) }))
		s.Until("rolled out", time.Minute, s.rolledOut("web"))
		s.image("web", "bad")
		took := s.Until("stuck", 2*time.Minute, func() bool {
			return s.condition("web", appsv1.DeploymentProgressing) == "False ProgressDeadlineExceeded"
		})
		if took < 59*time.Second || took > 63*time.Second {
			t.Errorf("the deadline of 60s was told after %v", took)
		}
		if s.deployment("web").Status.AvailableReplicas != 3 {
			t.Error("what works must stay")
		}
		s.image("web", "v1")
		s.Until("rolled back", time.Minute, s.rolledOut("web"))
		s.is("progressing", s.condition("web", appsv1.DeploymentProgressing), "True NewReplicaSetAvailable")
	})
}

func TestRevisionHistory(t *testing.T) {
	play(t, []*controllertest.Node{quick("n1")}, func(s *scene) {
		s.create(web("web", 1, func(d *appsv1.Deployment) { d.Spec.RevisionHistoryLimit = new(int32(2)) }))
		for i := range 5 {
			s.image("web", fmt.Sprintf("v%d", i+1))
			s.Until("rolled out", time.Minute, s.rolledOut("web"))
		}
		s.Until("old sets deleted", time.Minute, func() bool { return s.sets("web") == "v3:0/3 v4:0/4 v5:1/5" })
	})
}

func TestNameCollision(t *testing.T) {
	play(t, []*controllertest.Node{quick("n1")}, func(s *scene) {
		s.create(web("web", 1))
		s.Until("rolled out", time.Minute, s.rolledOut("web"))
		taken := client.ReplicaSets(s).List("default")[0].DeepCopy()
		orphan := metav1.DeletePropagationBackground
		if err := client.Deployments(s).Delete(s.ctx, "default", "web", metav1.DeleteOptions{PropagationPolicy: &orphan}); err != nil {
			t.Fatal(err)
		}
		s.Until("all gone", time.Minute, func() bool { return len(client.ReplicaSets(s).List("default")) == 0 })
		// Somebody else's set takes the name that the template would give.
		taken.ObjectMeta = metav1.ObjectMeta{Name: taken.Name, Namespace: "default", Labels: map[string]string{"app": "other"}}
		taken.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "other"}}
		taken.Spec.Template.Labels = map[string]string{"app": "other"}
		taken.Spec.Replicas = new(int32(0))
		name := taken.Name
		must[*appsv1.ReplicaSet](t)(client.ReplicaSets(s).Create(s.ctx, taken))
		s.create(web("web", 1))
		s.Until("rolled out", time.Minute, s.rolledOut("web"))
		if n := s.deployment("web").Status.CollisionCount; n == nil || *n != 1 {
			t.Errorf("collisions: %v, want 1", n)
		}
		if other, _ := client.ReplicaSets(s).Get("default", name); other == nil || metav1.GetControllerOf(other) != nil {
			t.Error("the other's set was touched")
		}
	})
}

func TestReplacesLostPods(t *testing.T) {
	play(t, []*controllertest.Node{quick("n1")}, func(s *scene) {
		s.create(web("web", 3))
		s.Until("rolled out", time.Minute, s.rolledOut("web"))
		victim := client.Pods(s).List("default")[0]
		if err := client.Pods(s).Delete(s.ctx, "default", victim.Name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		s.Until("replaced", time.Minute, func() bool {
			return s.rolledOut("web")() && !slices.ContainsFunc(client.Pods(s).List("default"), func(p *corev1.Pod) bool { return p.Name == victim.Name })
		})
		s.is("progressing", s.condition("web", appsv1.DeploymentProgressing), "True NewReplicaSetAvailable")
	})
}
