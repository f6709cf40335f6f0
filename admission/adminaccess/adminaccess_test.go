package adminaccess

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"argosy.dev/kinds"
	"argosy.dev/kinds/resource/resourceclaim"
	"argosy.dev/resource"
)

type namespaces map[string]string

func (n namespaces) Namespace(name string) (*corev1.Namespace, bool) {
	value, ok := n[name]
	ns := &corev1.Namespace{}
	ns.Labels = map[string]string{resourcev1.DRAAdminNamespaceLabelKey: value}
	return ns, ok
}

func TestValidate(t *testing.T) {
	p := Plugin{Reader: namespaces{"admin": "true", "other": "false"}}
	devices := resourcev1.DeviceClaim{Requests: []resourcev1.DeviceRequest{{Name: "r", Exactly: &resourcev1.ExactDeviceRequest{AdminAccess: new(true)}}}}
	claim := &resourcev1.ResourceClaim{Spec: resourcev1.ResourceClaimSpec{Devices: devices}}
	template := &resourcev1.ResourceClaimTemplate{Spec: resourcev1.ResourceClaimTemplateSpec{Spec: claim.Spec}}
	for namespace, allowed := range map[string]bool{"admin": true, "other": false, "none": false} {
		for _, obj := range []kinds.Object{claim, template} {
			a := &resource.Attempt{Target: resource.Target{Resource: &resource.Resource{Kind: resourceclaim.Kind()}, Namespace: namespace, Name: "c"}, Operation: resource.Create, Object: obj}
			if err := p.Validate(t.Context(), a); allowed != (err == nil) || err != nil && !apierrors.IsInvalid(err) {
				t.Errorf("%T in %s: %v", obj, namespace, err)
			}
		}
	}
}
