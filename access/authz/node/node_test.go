package node

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"

	"argosy.dev/access"
	"argosy.dev/access/authz"
)

// fixed has one pod, p, on n1, that uses one of everything.
type fixed struct{}

func (fixed) PodsOn(node string) []*corev1.Pod {
	if node != "n1" {
		return nil
	}
	claim := "rc"
	mirror := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "mirror", Annotations: map[string]string{corev1.MirrorPodAnnotationKey: "x"}},
		Spec: corev1.PodSpec{ServiceAccountName: "admin", ImagePullSecrets: []corev1.LocalObjectReference{{Name: "stolen"}}}}
	return []*corev1.Pod{mirror, {ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "p"}, Spec: corev1.PodSpec{
		ServiceAccountName: "cart",
		ImagePullSecrets:   []corev1.LocalObjectReference{{Name: "pull"}},
		ResourceClaims:     []corev1.PodResourceClaim{{Name: "x", ResourceClaimName: &claim}},
		InitContainers:     []corev1.Container{{EnvFrom: []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "from"}}}}}},
		Containers: []corev1.Container{{Env: []corev1.EnvVar{{ValueFrom: &corev1.EnvVarSource{
			SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "env"}}}}}}},
		Volumes: []corev1.Volume{
			{Name: "a", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "vol"}}},
			{Name: "b", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
				{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "projected"}}}}}}},
			{Name: "c", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "claim"}}},
			{Name: "d", VolumeSource: corev1.VolumeSource{Ephemeral: &corev1.EphemeralVolumeSource{}}},
			{Name: "e", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "thief"}}},
		},
	}}}
}

func (fixed) Claim(namespace, name string) (*corev1.PersistentVolumeClaim, bool) {
	volume := map[string]string{"shop/claim": "pv", "shop/thief": "others"}[namespace+"/"+name]
	return &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: corev1.PersistentVolumeClaimSpec{VolumeName: volume}}, volume != ""
}

func (fixed) Volume(name string) (*corev1.PersistentVolume, bool) {
	v := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: name}}
	v.Spec.ClaimRef = &corev1.ObjectReference{Namespace: "shop", Name: map[string]string{"pv": "claim", "others": "other"}[name]}
	v.Spec.CSI = &corev1.CSIPersistentVolumeSource{NodeStageSecretRef: &corev1.SecretReference{Namespace: "storage", Name: "stage-" + name},
		ControllerPublishSecretRef: &corev1.SecretReference{Namespace: "storage", Name: "controller"}}
	return v, true
}

func (fixed) Attachment(name string) (*storagev1.VolumeAttachment, bool) {
	return &storagev1.VolumeAttachment{Spec: storagev1.VolumeAttachmentSpec{NodeName: name}}, true
}

func TestNodes(t *testing.T) {
	z := Authorizer{Reader: fixed{}, Rules: []rbacv1.PolicyRule{
		{Verbs: []string{"list", "watch"}, APIGroups: []string{""}, Resources: []string{"services", "secrets", "pods", "nodes"}},
		{Verbs: []string{"create"}, APIGroups: []string{""}, Resources: []string{"pods", "nodes"}},
	}}
	const none = "no relationship found between node 'n1' and this object"
	on := func(verb, group, resource, sub, namespace, name string) authz.Attributes {
		return authz.Attributes{IsResource: true, Verb: verb, Group: group, Resource: resource, Subresource: sub, Namespace: namespace, Name: name}
	}
	with := func(a authz.Attributes, selector string) authz.Attributes {
		a.Fields = fields.ParseSelectorOrDie(selector).Requirements()
		return a
	}
	tests := []struct {
		a      authz.Attributes
		reason string // "" for allowed, "-" for no opinion without one
	}{
		{on("get", "", "secrets", "", "shop", "pull"), ""}, {on("get", "", "secrets", "", "shop", "env"), ""}, {on("watch", "", "secrets", "", "shop", "vol"), ""},
		{on("get", "", "secrets", "", "storage", "stage-pv"), ""},
		{on("get", "", "secrets", "", "storage", "controller"), none},
		// A claim that names a volume which is bound to another claim opens nothing.
		{on("get", "", "secrets", "", "storage", "stage-others"), none}, {on("get", "", "persistentvolumes", "", "", "others"), none},
		{on("get", "", "secrets", "", "other", "pull"), none}, {on("get", "", "secrets", "", "shop", "else"), none},
		{on("get", "", "secrets", "", "shop", "stolen"), none}, {on("create", "", "serviceaccounts", "token", "shop", "admin"), none},
		{on("list", "", "secrets", "", "shop", ""), "No Object name found"},
		{on("update", "", "secrets", "", "shop", "pull"), "can only read resources of this type"},
		{on("get", "", "configmaps", "", "shop", "from"), ""}, {on("get", "", "configmaps", "", "shop", "projected"), ""}, {on("get", "", "configmaps", "", "shop", "x"), none},
		{on("get", "", "persistentvolumeclaims", "", "shop", "claim"), ""}, {on("get", "", "persistentvolumeclaims", "", "shop", "p-d"), ""},
		{on("update", "", "persistentvolumeclaims", "status", "shop", "claim"), ""}, {on("update", "", "persistentvolumeclaims", "status", "shop", "x"), none},
		{on("list", "", "persistentvolumeclaims", "", "shop", "claim"), "can only get individual resources of this type"},
		{on("get", "", "persistentvolumes", "", "", "pv"), ""}, {on("get", "", "persistentvolumes", "", "", "x"), none},
		{on("get", "storage.k8s.io", "volumeattachments", "", "", "n1"), ""}, {on("get", "storage.k8s.io", "volumeattachments", "", "", "n2"), none},
		{on("get", "resource.k8s.io", "resourceclaims", "", "shop", "rc"), ""}, {on("get", "resource.k8s.io", "resourceclaims", "", "shop", "x"), none},
		{on("create", "", "serviceaccounts", "token", "shop", "cart"), ""}, {on("create", "", "serviceaccounts", "token", "shop", "default"), none},
		{on("get", "", "serviceaccounts", "", "shop", "cart"), ""}, {on("list", "", "serviceaccounts", "", "shop", "cart"), "can only get individual resources of this type"},
		{on("get", "", "pods", "", "shop", "p"), ""}, {on("get", "", "pods", "", "shop", "q"), none}, {on("create", "", "pods", "", "shop", ""), ""},
		{on("list", "", "pods", "", "", ""), "can only list/watch pods with spec.nodeName field selector"},
		{with(on("list", "", "pods", "", "", ""), "spec.nodeName=n1"), ""},
		{with(on("list", "", "pods", "", "", ""), "spec.nodeName=n2"), "can only list/watch pods with spec.nodeName field selector"},
		{with(on("list", "", "pods", "", "", ""), "spec.nodeName!=n1"), "can only list/watch pods with spec.nodeName field selector"},
		{on("get", "", "nodes", "", "", "n1"), ""}, {on("get", "", "nodes", "", "", "n2"), "node 'n1' cannot read 'n2', only its own Node object"},
		{on("list", "", "nodes", "", "", ""), "node 'n1' cannot read '', only its own Node object"}, {on("create", "", "nodes", "", "", ""), ""}, {on("delete", "", "nodes", "", "", "n1"), "-"},
		{on("create", "coordination.k8s.io", "leases", "", "kube-node-lease", ""), ""}, {on("update", "coordination.k8s.io", "leases", "", "kube-node-lease", "n1"), ""},
		{on("update", "coordination.k8s.io", "leases", "", "kube-node-lease", "n2"), "can only access node lease with the same name as the requesting node"},
		{on("update", "coordination.k8s.io", "leases", "", "shop", "n1"), `can only access leases in the "kube-node-lease" system namespace`},
		{on("get", "storage.k8s.io", "csinodes", "", "", "n1"), ""}, {on("get", "storage.k8s.io", "csinodes", "", "", "n2"), "can only access CSINode with the same name as the requesting node"},
		{on("list", "", "services", "", "", ""), ""}, {on("list", "", "endpoints", "", "", ""), "-"},
		{authz.Attributes{Verb: "get", Path: "/metrics"}, "-"},
	}
	agent := &access.User{Name: access.NodeUser("n1"), Groups: []string{access.Nodes, access.Authenticated}}
	for _, tt := range tests {
		d, reason, err := z.Authorize(t.Context(), agent, tt.a)
		want := tt.reason
		if want == "-" {
			want = ""
		}
		if err != nil || (d == authz.Allow) != (tt.reason == "") || d == authz.Deny || reason != want {
			t.Errorf("%+v: %v, %q, %v", tt.a, d, reason, err)
		}
	}
	// The name alone makes no node, nor does the group.
	for _, user := range []*access.User{{Name: access.NodeUser("n1")}, {Name: "jane", Groups: []string{access.Nodes}}, {Name: access.NodeUser(""), Groups: []string{access.Nodes}}} {
		if d, _, _ := z.Authorize(t.Context(), user, on("get", "", "secrets", "", "shop", "pull")); d != authz.NoOpinion {
			t.Errorf("%s: %v", user.Name, d)
		}
	}
}
