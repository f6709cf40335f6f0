package controllers_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"argosy.dev/client"
	"argosy.dev/controllers/controllertest"
)

// Many writers at once never get more than the quota allows, and when they are gone nothing is used.
func TestQuotaIsExactUnderConcurrency(t *testing.T) {
	const most, writers, rounds = 5, 16, 8
	play(t, nil, func(s *scene) {
		quotas, secrets := client.ResourceQuotas(s), client.Secrets(s)
		must[*corev1.ResourceQuota](t)(quotas.Create(s.ctx, &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: "q", Namespace: "default"},
			Spec: corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourceSecrets: *resource.NewQuantity(most, resource.DecimalSI)}}}))
		used := func() int64 {
			q, _ := quotas.Get("default", "q")
			amount, ok := q.Status.Used[corev1.ResourceSecrets]
			if !ok {
				return -1
			}
			return amount.Value()
		}
		s.Until("counted", time.Second, func() bool { return used() == 0 })
		var running sync.WaitGroup
		var mu sync.Mutex
		made := 0
		for w := range writers {
			running.Go(func() {
				for i := range rounds {
					name := fmt.Sprintf("s%d-%d", w, i)
					_, err := secrets.Create(s.ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default"}})
					if apierrors.IsForbidden(err) {
						<-time.After(time.Duration(50+w) * time.Millisecond)
						continue
					} else if err != nil {
						t.Errorf("creating %s: %v", name, err)
						continue
					}
					if n := len(secrets.List("default")); n > most {
						t.Errorf("there are %d secrets, the quota allows %d", n, most)
					}
					mu.Lock()
					made++
					mu.Unlock()
					<-time.After(time.Duration(10+w) * time.Millisecond)
					if err := secrets.Delete(s.ctx, "default", name, metav1.DeleteOptions{}); err != nil {
						t.Errorf("deleting %s: %v", name, err)
					}
				}
			})
		}
		running.Wait()
		if made <= most {
			t.Errorf("only %d secrets were made: what was deleted was not free again", made)
		}
		took := s.Until("free again", 2*time.Second, func() bool { return used() == 0 })
		t.Logf("%d secrets were made; free again after %v", made, took)
	})
}

func TestDisruptionBudgetFollowsItsPods(t *testing.T) {
	play(t, []*controllertest.Node{quick("n1")}, func(s *scene) {
		budgets := client.PodDisruptionBudgets(s)
		must[*policyv1.PodDisruptionBudget](t)(budgets.Create(s.ctx, &policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Name: "b", Namespace: "default"},
			Spec: policyv1.PodDisruptionBudgetSpec{MaxUnavailable: new(intstr.FromInt32(1)), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}}}))
		must[*appsv1.Deployment](t)(client.Deployments(s).Create(s.ctx, web("web", 3)))
		status := func() policyv1.PodDisruptionBudgetStatus {
			b, _ := budgets.Get("default", "b")
			return b.Status
		}
		// There is no scheduler here: the pods stay where they are made.
		s.Until("expected by the deployment's scale", 5*time.Second, func() bool {
			b := status()
			return b.ExpectedPods == 3 && b.DesiredHealthy == 2 && b.CurrentHealthy == 0 && b.DisruptionsAllowed == 0
		})
		for _, p := range client.Pods(s).List("default") {
			ready := p.DeepCopy()
			ready.Status.Phase = corev1.PodRunning
			ready.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
			must[*corev1.Pod](t)(client.Pods(s).UpdateStatus(s.ctx, ready))
		}
		s.Until("one may be disrupted", 5*time.Second, func() bool { return status().CurrentHealthy == 3 && status().DisruptionsAllowed == 1 })
	})
}
