package podsecurity

import (
	"fmt"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/kinds"
	"argosy.dev/resource"
)

type fake struct {
	labels map[string]string
	pods   []*corev1.Pod
}

func (f fake) Namespace(name string) (*corev1.Namespace, bool) {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: f.labels}}, name == "ns"
}
func (f fake) Pods(string) []*corev1.Pod { return f.pods }

func TestValidate(t *testing.T) {
	pod := func(privileged bool) *corev1.Pod {
		return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "ns"}, Spec: corev1.PodSpec{Containers: []corev1.Container{
			{Name: "c", Image: "x", SecurityContext: &corev1.SecurityContext{Privileged: &privileged}}}}}
	}
	labelled := func(labels map[string]string) *corev1.Namespace {
		return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "ns", Labels: labels}}
	}
	const enforce, warn = podsecurityEnforce, podsecurityWarn
	for _, c := range []struct {
		name        string
		labels      map[string]string
		obj, old    kinds.Object
		sub         string
		want, warns string
	}{
		{name: "privileged by default", obj: pod(true)},
		{name: "refused", labels: map[string]string{enforce: "baseline"}, obj: pod(true),
			want: `pods "p" is forbidden: violates PodSecurity "baseline:latest": privileged (container "c" must not set securityContext.privileged=true)`},
		{name: "allowed", labels: map[string]string{enforce: "baseline"}, obj: pod(false)},
		{name: "warned", labels: map[string]string{warn: "baseline"}, obj: pod(true),
			warns: `would violate PodSecurity "baseline:latest": privileged (container "c" must not set securityContext.privileged=true)`},
		{name: "a workload is only warned", labels: map[string]string{enforce: "baseline", warn: "baseline"}, warns: "would violate PodSecurity",
			obj: &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "ns"}, Spec: appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{Spec: pod(true).Spec}}}},
		{name: "a status says nothing new", labels: map[string]string{enforce: "baseline"}, obj: pod(true), old: pod(true), sub: "status"},
		{name: "nor do labels", labels: map[string]string{enforce: "baseline"}, obj: pod(true), old: pod(true)},
		{name: "a level that is none", obj: labelled(map[string]string{enforce: "strict"}), want: "must be one of privileged, baseline, restricted"},
		{name: "a stricter namespace", obj: labelled(map[string]string{enforce: "baseline"}), old: labelled(nil),
			warns: `existing pods in namespace "ns" violate the new PodSecurity enforce level "baseline:latest"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			resources := map[string]*kinds.Kind{
				"*v1.Pod":        {GVK: corev1.SchemeGroupVersion.WithKind("Pod"), Resource: "pods", Namespaced: true},
				"*v1.Deployment": {GVK: appsv1.SchemeGroupVersion.WithKind("Deployment"), Resource: "deployments", Namespaced: true},
				"*v1.Namespace":  {GVK: corev1.SchemeGroupVersion.WithKind("Namespace"), Resource: "namespaces"},
			}
			var told []string
			a := &resource.Attempt{Operation: resource.Create, Object: c.obj, Warn: func(w string) { told = append(told, w) }}
			a.Resource = &resource.Resource{Kind: resources[typeName(c.obj)]}
			a.Name, a.Namespace, a.Subresource = c.obj.GetName(), c.obj.GetNamespace(), c.sub
			if c.old != nil {
				a.Operation, a.Old = resource.Update, c.old
			}
			err := New(fake{labels: c.labels, pods: []*corev1.Pod{pod(true)}}).Validate(t.Context(), a)
			if got := message(err); c.want == "" && err != nil || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if got := strings.Join(told, "; "); c.warns == "" && got != "" || !strings.Contains(got, c.warns) {
				t.Errorf("warned %q, want %q", got, c.warns)
			}
		})
	}
}

const (
	podsecurityEnforce = "pod-security.kubernetes.io/enforce"
	podsecurityWarn    = "pod-security.kubernetes.io/warn"
)

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func typeName(obj kinds.Object) string { return fmt.Sprintf("%T", obj) }
