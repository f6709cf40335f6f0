package quota

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	quantity "k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func list(pairs ...string) corev1.ResourceList {
	l := corev1.ResourceList{}
	for i := 0; i < len(pairs); i += 2 {
		l[corev1.ResourceName(pairs[i])] = quantity.MustParse(pairs[i+1])
	}
	return l
}

func pod(phase corev1.PodPhase, requests, limits corev1.ResourceList) *corev1.Pod {
	return &corev1.Pod{Status: corev1.PodStatus{Phase: phase}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Resources: corev1.ResourceRequirements{Requests: requests, Limits: limits}}}}}
}

func TestUsage(t *testing.T) {
	core := func(r string) schema.GroupResource { return schema.GroupResource{Resource: r} }
	claims := schema.GroupResource{Group: "resource.k8s.io", Resource: "resourceclaims"}
	for _, c := range []struct {
		name string
		gr   schema.GroupResource
		obj  metav1.Object
		want corev1.ResourceList
	}{
		{"any object", schema.GroupResource{Group: "apps", Resource: "deployments"}, &metav1.ObjectMeta{}, list("count/deployments.apps", "1")},
		{"a counted one", core("secrets"), &corev1.Secret{}, list("count/secrets", "1", "secrets", "1")},
		{"a pod", core("pods"), pod("", list("cpu", "1", "example.com/x", "2"), list("memory", "1Gi")),
			list("count/pods", "1", "pods", "1", "cpu", "1", "requests.cpu", "1", "requests.example.com/x", "2", "limits.memory", "1Gi")},
		{"a pod that ended", core("pods"), pod(corev1.PodFailed, list("cpu", "1"), nil), list("count/pods", "1")},
		{"a load balancer", core("services"), &corev1.Service{Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer, Ports: make([]corev1.ServicePort, 2)}},
			list("count/services", "1", "services", "1", "services.loadbalancers", "1", "services.nodeports", "2")},
		{"a claim of storage", core("persistentvolumeclaims"), &corev1.PersistentVolumeClaim{Spec: corev1.PersistentVolumeClaimSpec{StorageClassName: new("fast"),
			Resources: corev1.VolumeResourceRequirements{Requests: list("storage", "1Gi")}}},
			list("count/persistentvolumeclaims", "1", "persistentvolumeclaims", "1", "requests.storage", "1Gi",
				"fast.storageclass.storage.k8s.io/persistentvolumeclaims", "1", "fast.storageclass.storage.k8s.io/requests.storage", "1Gi")},
		{"a claim of devices", claims, &resourcev1.ResourceClaim{Spec: resourcev1.ResourceClaimSpec{Devices: resourcev1.DeviceClaim{Requests: []resourcev1.DeviceRequest{
			{Exactly: &resourcev1.ExactDeviceRequest{DeviceClassName: "gpu", Count: 2}},
			{FirstAvailable: []resourcev1.DeviceSubRequest{{DeviceClassName: "gpu", Count: 1}, {DeviceClassName: "gpu", Count: 3}}}}}}},
			list("count/resourceclaims.resource.k8s.io", "1", "gpu.deviceclass.resource.k8s.io/devices", "5")},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Usage(c.gr, c.obj)
			for name, want := range c.want {
				if q, ok := got[name]; !ok || q.Cmp(want) != 0 {
					t.Errorf("%s: %s, want %s", name, q.String(), want.String())
				}
			}
			for name := range got {
				if _, ok := c.want[name]; !ok && name != "memory" && name != "requests.memory" {
					t.Errorf("also %s", name)
				}
				if !Matches(c.gr, name) {
					t.Errorf("%s is used but does not match", name)
				}
			}
		})
	}
}

func TestScopes(t *testing.T) {
	hurried := pod("", nil, nil)
	hurried.Spec.ActiveDeadlineSeconds, hurried.Spec.PriorityClassName = new(int64(5)), "high"
	hurried.Spec.Affinity = &corev1.Affinity{PodAffinity: &corev1.PodAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{Namespaces: []string{"x"}}}}}
	steady := pod("", list("cpu", "1"), nil)
	for _, c := range []struct {
		scope           corev1.ScopedResourceSelectorRequirement
		hurried, steady bool
	}{
		{corev1.ScopedResourceSelectorRequirement{ScopeName: "Terminating", Operator: "Exists"}, true, false},
		{corev1.ScopedResourceSelectorRequirement{ScopeName: "NotTerminating", Operator: "Exists"}, false, true},
		{corev1.ScopedResourceSelectorRequirement{ScopeName: "BestEffort", Operator: "Exists"}, true, false},
		{corev1.ScopedResourceSelectorRequirement{ScopeName: "NotBestEffort", Operator: "Exists"}, false, true},
		{corev1.ScopedResourceSelectorRequirement{ScopeName: "CrossNamespacePodAffinity", Operator: "Exists"}, true, false},
		{corev1.ScopedResourceSelectorRequirement{ScopeName: "PriorityClass", Operator: "In", Values: []string{"high"}}, true, false},
		{corev1.ScopedResourceSelectorRequirement{ScopeName: "PriorityClass", Operator: "NotIn", Values: []string{"high"}}, false, true},
		{corev1.ScopedResourceSelectorRequirement{ScopeName: "PriorityClass", Operator: "DoesNotExist"}, false, true},
	} {
		q := &corev1.ResourceQuota{Spec: corev1.ResourceQuotaSpec{ScopeSelector: &corev1.ScopeSelector{MatchExpressions: []corev1.ScopedResourceSelectorRequirement{c.scope}}}}
		if Covers(q, hurried) != c.hurried || Covers(q, steady) != c.steady || Covers(q, &corev1.Secret{}) {
			t.Errorf("%+v", c.scope)
		}
	}
}
