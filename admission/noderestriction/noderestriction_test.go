package noderestriction

import (
	"strings"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/base/identity"
	"argosy.dev/kinds"
	"argosy.dev/kinds/core/pod"
	"argosy.dev/resource"
)

type fixed struct{}

func (fixed) Pod(_, name string) (*corev1.Pod, bool) {
	node := map[string]string{"mine": "n1", "other": "n2"}[name]
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, UID: "1"}, Spec: corev1.PodSpec{NodeName: node}}, node != ""
}

func (fixed) Node(name string) (*corev1.Node, bool) {
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, UID: "7"}}, true
}

func TestRestriction(t *testing.T) {
	yes := true
	mirror := func(edit func(*corev1.Pod)) *corev1.Pod {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Annotations: map[string]string{corev1.MirrorPodAnnotationKey: "x"},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "Node", Name: "n1", UID: "7", Controller: &yes}}}, Spec: corev1.PodSpec{NodeName: "n1"}}
		edit(p)
		return p
	}
	node := func(name string, edit func(*corev1.Node)) *corev1.Node {
		n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelHostname: name, "mine": "x", "node.kubernetes.io/size": "s"}}}
		edit(n)
		return n
	}
	same := func(*corev1.Node) {}
	bound := func(on string) *corev1.Pod { return &corev1.Pod{Spec: corev1.PodSpec{NodeName: on}} }
	token := func(ref *authenticationv1.BoundObjectReference) *authenticationv1.TokenRequest {
		return &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{BoundObjectRef: ref}}
	}
	toPod := func(name, uid string) *authenticationv1.BoundObjectReference {
		r := &authenticationv1.BoundObjectReference{APIVersion: "v1", Kind: "Pod", Name: name}
		r.UID = types.UID(uid)
		return r
	}
	tests := []struct {
		name     string
		op       resource.Operation
		sub      string
		obj, old kinds.Object
		refusal  string
	}{
		{"no mirror", resource.Create, "", bound("n1"), nil, `pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods`},
		{"mirror", resource.Create, "", mirror(func(*corev1.Pod) {}), nil, ""},
		{"mirror elsewhere", resource.Create, "", mirror(func(p *corev1.Pod) { p.Spec.NodeName = "n2" }), nil, `node "n1" can only create pods with spec.nodeName set to itself`},
		{"mirror of nobody", resource.Create, "", mirror(func(p *corev1.Pod) { p.OwnerReferences = nil }), nil, "an owner reference set to itself"},
		{"mirror of another node", resource.Create, "", mirror(func(p *corev1.Pod) { p.OwnerReferences[0].Name = "n2" }), nil, "an owner reference set to itself"},
		{"mirror of an old node", resource.Create, "", mirror(func(p *corev1.Pod) { p.OwnerReferences[0].UID = "6" }), nil, "UID mismatch: expected 6 got 7"},
		{"mirror with an account", resource.Create, "", mirror(func(p *corev1.Pod) { p.Spec.ServiceAccountName = "x" }), nil, "can not create pods that reference a service account"},
		{"mirror with a secret", resource.Create, "", mirror(func(p *corev1.Pod) {
			p.Spec.Volumes = []corev1.Volume{{VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "x"}}}}
		}), nil, "can not create pods that reference secrets"},
		{"mirror with a token", resource.Create, "", mirror(func(p *corev1.Pod) {
			p.Spec.Volumes = []corev1.Volume{{VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{}}}}}}}
		}), nil, "service account tokens"},
		{"delete one's own", resource.Delete, "", nil, bound("n1"), ""},
		{"delete another's", resource.Delete, "", nil, bound("n2"), `node "n1" can only delete pods with spec.nodeName set to itself`},
		{"evict another's", resource.Delete, "eviction", nil, bound("n2"), "can only evict pods"},
		{"status", resource.Update, "status", bound("n1"), bound("n1"), ""},
		{"another's status", resource.Update, "status", bound("n1"), bound("n2"), "can only update pod status"},
		{"labels by the status", resource.Update, "status", &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"a": "b"}}, Spec: corev1.PodSpec{NodeName: "n1"}}, bound("n1"), "cannot update labels"},
		{"spec", resource.Update, "", bound("n1"), bound("n1"), "unexpected operation"},
		{"its node", resource.Create, "", node("n1", same), nil, ""},
		{"another node", resource.Create, "", node("n2", same), nil, `node "n1" is not allowed to modify node "n2"`},
		{"reserved labels", resource.Create, "", node("n1", func(n *corev1.Node) {
			n.Labels["node-restriction.kubernetes.io/x"], n.Labels["foo.k8s.io/a"], n.Labels["node-role.kubernetes.io/control-plane"] = "", "", ""
		}), nil, `not allowed to set the following labels: foo.k8s.io/a, node-restriction.kubernetes.io/x, node-role.kubernetes.io/control-plane`},
		{"labels", resource.Update, "", node("n1", func(n *corev1.Node) { n.Labels["mine"] = "y" }), node("n1", same), ""},
		{"labels of others", resource.Update, "", node("n1", same), node("n1", func(n *corev1.Node) { n.Labels["node-restriction.kubernetes.io/x"] = "" }), "not allowed to modify labels: node-restriction.kubernetes.io/x"},
		{"labels of others, left", resource.Update, "status", node("n1", func(n *corev1.Node) { n.Labels["node-restriction.kubernetes.io/x"] = "" }), node("n1", func(n *corev1.Node) { n.Labels["node-restriction.kubernetes.io/x"] = "" }), ""},
		{"taints", resource.Update, "", node("n1", same), node("n1", func(n *corev1.Node) { n.Spec.Taints = []corev1.Taint{{Key: "x"}} }), "not allowed to modify taints"},
		{"taints as it registers", resource.Create, "", node("n1", func(n *corev1.Node) { n.Spec.Taints = []corev1.Taint{{Key: "x"}} }), nil, ""},
		{"lease", resource.Update, "", &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: "kube-node-lease", Name: "n1"}}, nil, ""},
		{"another's lease", resource.Create, "", &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: "kube-node-lease", Name: "n2"}}, nil, "can only access node lease with the same name as the requesting node"},
		{"another's CSINode", resource.Create, "", &storagev1.CSINode{ObjectMeta: metav1.ObjectMeta{Name: "n2"}}, nil, "can only access CSINode with the same name as the requesting node"},
		{"claim", resource.Update, "", &corev1.PersistentVolumeClaim{}, &corev1.PersistentVolumeClaim{}, "unexpected operation"},
		{"claim status", resource.Update, "status", &corev1.PersistentVolumeClaim{}, &corev1.PersistentVolumeClaim{}, ""},
		{"token of nobody", resource.Create, "token", token(nil), nil, "node requested token not bound to a pod"},
		{"token of a secret", resource.Create, "token", token(&authenticationv1.BoundObjectReference{APIVersion: "v1", Kind: "Secret", Name: "x", UID: "1"}), nil, "not bound to a pod"},
		{"token", resource.Create, "token", token(toPod("mine", "1")), nil, ""},
		{"token without UID", resource.Create, "token", token(toPod("mine", "")), nil, "without a uid"},
		{"token for another's pod", resource.Create, "token", token(toPod("other", "1")), nil, "scheduled on a different node"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := &resource.Attempt{Operation: tt.op, Object: tt.obj, Old: tt.old, Target: resource.Target{Resource: &resource.Resource{Kind: pod.Kind()}, Name: "p", Subresource: tt.sub}}
			if tt.sub == "token" {
				a.Body = tt.obj
			}
			agent := &identity.User{Name: "system:node:n1", Groups: []string{"system:nodes"}}
			err := Plugin{Reader: fixed{}}.Validate(identity.NewContext(t.Context(), agent), a)
			if (err == nil) != (tt.refusal == "") || err != nil && !strings.Contains(err.Error(), tt.refusal) {
				t.Errorf("got %v", err)
			}
			for _, other := range []*identity.User{nil, {Name: "system:node:n1"}, {Name: "jane", Groups: []string{"system:masters"}}} {
				if err := (Plugin{Reader: fixed{}}).Validate(identity.NewContext(t.Context(), other), a); err != nil {
					t.Errorf("%v is no node, but: %v", other, err)
				}
			}
			stranger := &identity.User{Name: "jane", Groups: []string{"system:nodes"}}
			if err := (Plugin{Reader: fixed{}}).Validate(identity.NewContext(t.Context(), stranger), a); err == nil {
				t.Error("somebody in the nodes' group who is no node may write")
			}
		})
	}
}
