package controllers_test

import (
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/client"
	"argosy.dev/controllers"
	"argosy.dev/controllers/controllertest"
	"argosy.dev/kinds/core/secret"
)

func (s *scene) delete(name string, how metav1.DeletionPropagation) {
	s.t.Helper()
	if err := client.Deployments(s).Delete(s.ctx, "default", name, metav1.DeleteOptions{PropagationPolicy: &how}); err != nil {
		s.t.Fatal(err)
	}
}

func TestBackgroundDeletion(t *testing.T) {
	play(t, []*controllertest.Node{quick("n1")}, func(s *scene) {
		s.create(web("web", 3))
		s.create(web("other", 1))
		s.Until("rolled out", time.Minute, s.rolledOut("web"))
		s.delete("web", metav1.DeletePropagationBackground)
		if _, ok := client.Deployments(s).Get("default", "web"); ok {
			t.Error("the deployment is gone at once")
		}
		s.Until("all of it gone", time.Minute, func() bool { return s.sets("web") == "" && len(client.Pods(s).List("default")) == 1 })
		s.is("the other", s.sets("other"), "v1:1/1")
	})
}

func TestForegroundDeletion(t *testing.T) {
	play(t, []*controllertest.Node{quick("n1")}, func(s *scene) {
		s.create(web("web", 3))
		s.Until("rolled out", time.Minute, s.rolledOut("web"))
		s.delete("web", metav1.DeletePropagationForeground)
		order := []string{}
		s.Until("all gone", time.Minute, func() bool {
			_, deployment := client.Deployments(s).Get("default", "web")
			state := []string{}
			if deployment {
				state = append(state, "deployment")
			}
			if s.sets("web") != "" {
				state = append(state, "set")
			}
			if len(client.Pods(s).List("default")) > 0 {
				state = append(state, "pods")
			}
			order = append(order, strings.Join(state, "+"))
			return len(state) == 0
		})
		for _, state := range order {
			if state != "deployment+set+pods" && state != "deployment+set" && state != "deployment" && state != "" {
				t.Errorf("an owner went before its dependents: %v", order)
			}
		}
		if len(order) < 20 {
			t.Errorf("the pods take two seconds to stop, it was over after %d looks", len(order))
		}
	})
}

func TestOrphaning(t *testing.T) {
	play(t, []*controllertest.Node{quick("n1")}, func(s *scene) {
		s.create(web("web", 2))
		s.Until("rolled out", time.Minute, s.rolledOut("web"))
		s.delete("web", metav1.DeletePropagationOrphan)
		s.Until("released", time.Minute, func() bool {
			_, there := client.Deployments(s).Get("default", "web")
			return !there
		})
		s.Pass(time.Minute)
		sets := client.ReplicaSets(s).List("default")
		if len(sets) != 1 || len(sets[0].OwnerReferences) != 0 || s.pods("") != 2 {
			t.Fatalf("want the set without an owner, and its pods: %v, %d pods", sets, s.pods(""))
		}
		s.create(web("web", 2))
		s.Until("adopted", time.Minute, s.rolledOut("web"))
		if again := client.ReplicaSets(s).List("default"); len(again) != 1 || metav1.GetControllerOf(again[0]) == nil {
			t.Errorf("want the same set, owned again: %v", again)
		}
	})
}

func configMap(namespace, name string, owners ...metav1.OwnerReference) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, OwnerReferences: owners}}
}

func ownedBy(m *corev1.ConfigMap) metav1.OwnerReference {
	return metav1.OwnerReference{APIVersion: "v1", Kind: "ConfigMap", Name: m.Name, UID: m.UID}
}

func TestOwners(t *testing.T) {
	play(t, nil, func(s *scene) {
		maps := client.ConfigMaps(s)
		make := func(m *corev1.ConfigMap) *corev1.ConfigMap {
			return must[*corev1.ConfigMap](t)(maps.Create(s.ctx, m))
		}
		there := func(namespace, name string) bool { _, ok := maps.Get(namespace, name); return ok }
		must[*corev1.Namespace](t)(client.Namespaces(s).Create(s.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "far"}}))

		a, b := make(configMap("default", "a")), make(configMap("default", "b"))
		make(configMap("default", "of-both", ownedBy(a), ownedBy(b)))
		make(configMap("default", "of-a", ownedBy(a)))
		impostor := ownedBy(a)
		impostor.UID = "another"
		make(configMap("default", "of-impostor", impostor))
		unknown := ownedBy(a)
		unknown.APIVersion = "example.com/v1"
		make(configMap("default", "of-unknown", unknown))
		make(configMap("far", "across", ownedBy(a)))
		s.Settle()
		if there("default", "of-impostor") || there("far", "across") {
			t.Error("an owner of another uid, or in another namespace, is none")
		}
		if !there("default", "of-a") || !there("default", "of-unknown") {
			t.Error("an owner that is there, or of a kind that nobody knows, keeps its dependents")
		}
		if told := s.events("OwnerRefInvalidNamespace"); len(told) != 1 || !strings.Contains(told[0], "namespace: default, name: a,") || !strings.HasSuffix(told[0], `does not exist in namespace "far"`) {
			t.Errorf("events: %q", told)
		}
		if err := maps.Delete(s.ctx, "default", "a", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		s.Settle()
		both, ok := maps.Get("default", "of-both")
		if there("default", "of-a") || !ok || len(both.OwnerReferences) != 1 || both.OwnerReferences[0].UID != b.UID {
			t.Errorf("the dependent of a alone goes, the other is b's alone: %v", both)
		}
	})
}

func TestForegroundInACircle(t *testing.T) {
	play(t, nil, func(s *scene) {
		maps := client.ConfigMaps(s)
		a := must[*corev1.ConfigMap](t)(maps.Create(s.ctx, configMap("default", "a")))
		ofA := ownedBy(a)
		ofA.BlockOwnerDeletion = new(true)
		b := must[*corev1.ConfigMap](t)(maps.Create(s.ctx, configMap("default", "b", ofA)))
		ofB := ownedBy(b)
		ofB.BlockOwnerDeletion = new(true)
		a = a.DeepCopy()
		a.OwnerReferences = []metav1.OwnerReference{ofB}
		must[*corev1.ConfigMap](t)(maps.Update(s.ctx, a))
		foreground := metav1.DeletePropagationForeground
		if err := maps.Delete(s.ctx, "default", "a", metav1.DeleteOptions{PropagationPolicy: &foreground}); err != nil {
			t.Fatal(err)
		}
		s.Until("both gone", time.Minute, func() bool {
			_, hasA := maps.Get("default", "a")
			_, hasB := maps.Get("default", "b")
			return !hasA && !hasB
		})
	})
}

// What was left behind while no collector ran is found when one starts.
func TestGarbageOfBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cluster := controllertest.New(t)
		maps := client.ConfigMaps(cluster)
		for name, owner := range map[string]metav1.OwnerReference{
			"left": {APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "gone", UID: "gone"},
			"kept": {APIVersion: "example.com/v1", Kind: "Unknown", Name: "gone", UID: "gone"},
		} {
			must[*corev1.ConfigMap](t)(maps.Create(t.Context(), configMap("default", name, owner)))
		}
		going := configMap("default", "going")
		going.Finalizers = []string{metav1.FinalizerDeleteDependents}
		must[*corev1.ConfigMap](t)(maps.Create(t.Context(), going))
		if err := maps.Delete(t.Context(), "default", "going", metav1.DeleteOptions{PropagationPolicy: new(metav1.DeletePropagationForeground)}); err != nil {
			t.Fatal(err)
		}
		controllertest.Run(t, cluster, controllers.Options{})
		for name, want := range map[string]bool{"left": false, "kept": true, "going": false} {
			if _, got := maps.Get("default", name); got != want {
				t.Errorf("%s is there: %v, want %v", name, got, want)
			}
		}
	})
}

func TestResourcesComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cluster := controllertest.New(t)
		secrets := corev1.SchemeGroupVersion.WithResource("secrets")
		cluster.Remove(secrets)
		changed := make(chan struct{}, 1)
		s := controllertest.Run(t, cluster, controllers.Options{ResourcesChanged: changed})
		maps := client.ConfigMaps(s)
		there := func(name string) bool { s.Settle(); _, ok := maps.Get("default", name); return ok }
		owner := metav1.OwnerReference{APIVersion: "v1", Kind: "Secret", Name: "owner", UID: "never"}
		must[*corev1.ConfigMap](t)(maps.Create(t.Context(), configMap("default", "early", owner)))
		if !there("early") {
			t.Error("while nobody knows the owner's kind the dependent stays")
		}
		if err := cluster.Add(t.Context(), secret.Kind()); err != nil {
			t.Fatal(err)
		}
		changed <- struct{}{}
		if there("early") {
			t.Error("now that the kind is known, the owner is known to be absent")
		}
		real := must[*corev1.Secret](t)(client.Secrets(s).Create(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "real", Namespace: "default"}}))
		owner.Name, owner.UID = real.Name, real.UID
		must[*corev1.ConfigMap](t)(maps.Create(t.Context(), configMap("default", "late", owner)))
		if !there("late") {
			t.Error("the owner is there")
		}
		if err := client.Secrets(s).Delete(t.Context(), "default", "real", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		if there("late") {
			t.Error("the owner went, its resource being a new one")
		}
		cluster.Remove(secrets)
		changed <- struct{}{}
		must[*corev1.ConfigMap](t)(maps.Create(t.Context(), configMap("default", "again", owner)))
		if !there("again") {
			t.Error("the kind is not known any more")
		}
	})
}

func TestNamespaceDeletion(t *testing.T) {
	play(t, []*controllertest.Node{quick("n1")}, func(s *scene) {
		namespaces := client.Namespaces(s)
		must[*corev1.Namespace](t)(namespaces.Create(s.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "gone"}}))
		must[*appsv1.Deployment](t)(client.Deployments(s).Create(s.ctx, web("web", 3, func(d *appsv1.Deployment) { d.Namespace = "gone" })))
		held := configMap("gone", "held")
		held.Finalizers = []string{"example.com/held"}
		must[*corev1.ConfigMap](t)(client.ConfigMaps(s).Create(s.ctx, held))
		s.Until("pods ready", time.Minute, func() bool { return len(client.Pods(s).List("gone")) == 3 })
		s.Pass(5 * time.Second)
		if err := namespaces.Delete(s.ctx, "", "gone", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		s.Settle()
		ns, _ := namespaces.Get("", "gone")
		events := strconv.Itoa(len(client.Events(s).List("gone"))) // they are resources of two groups
		s.is("pods stop first", message(ns, corev1.NamespaceContentRemaining),
			"Some resources are remaining: configmaps. has 2 resource instances, deployments.apps has 1 resource instances, events. has "+
				events+" resource instances, events.events.k8s.io has "+events+" resource instances, pods. has 3 resource instances, replicasets.apps has 1 resource instances, serviceaccounts. has 1 resource instances")
		s.Pass(15 * time.Second)
		ns, _ = namespaces.Get("", "gone")
		s.is("remaining", message(ns, corev1.NamespaceContentRemaining), "Some resources are remaining: configmaps. has 1 resource instances")
		s.is("finalizers", message(ns, corev1.NamespaceFinalizersRemaining), "Some content in the namespace has finalizers remaining: example.com/held in 1 resource instances")
		if _, err := client.ConfigMaps(s).Patch(s.ctx, "gone", "held", types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), ""); err != nil {
			t.Fatal(err)
		}
		s.Settle()
		if ns, ok := namespaces.Get("", "gone"); ok {
			t.Errorf("the namespace is still there: %+v", ns.Status)
		}
		for _, left := range s.Resources() {
			if table, err := s.Table(left.Resource); err == nil && left.Namespaced {
				if all := client.For[client.Object](s, left.Resource).List("gone"); len(all) > 0 {
					t.Errorf("%d %s are left of %d", len(all), left.Resource.Resource, table.Len())
				}
			}
		}
	})
}
