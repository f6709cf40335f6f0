package adminaccess

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"argosy.dev/kinds/resource/devices"
	"argosy.dev/resource"
)

// Reader finds namespaces.
type Reader interface {
	Namespace(name string) (*corev1.Namespace, bool)
}

// Plugin is the rule.
type Plugin struct{ Reader Reader }

// Validate refuses new claims, and templates of claims, that ask for admin access where it is not given.
func (p Plugin) Validate(_ context.Context, a *resource.Attempt) error {
	if a.Operation != resource.Create || a.Subresource != "" {
		return nil
	}
	var claim *resourcev1.DeviceClaim
	switch obj := a.Object.(type) {
	case *resourcev1.ResourceClaim:
		claim = &obj.Spec.Devices
	case *resourcev1.ResourceClaimTemplate:
		claim = &obj.Spec.Spec.Devices
	default:
		return nil
	}
	errs := devices.AdminAccess(claim)
	if len(errs) == 0 {
		return nil
	}
	if ns, ok := p.Reader.Namespace(a.Namespace); ok && ns.Labels[resourcev1.DRAAdminNamespaceLabelKey] == "true" {
		return nil
	}
	return apierrors.NewInvalid(a.Resource.Kind.GVK.GroupKind(), a.Name, errs)
}
