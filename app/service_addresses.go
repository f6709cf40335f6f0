package app

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/admission"
	"argosy.dev/admission/serviceaddress"
	"argosy.dev/base/identity"
	"argosy.dev/client"
)

// defaultServiceCIDR tells of the range that the cluster has from its first moment.
const defaultServiceCIDR = "kubernetes"

// makeServiceCIDR shows the cluster's range of service addresses as an object, which is ready at once.
func makeServiceCIDR(ctx context.Context, cluster client.Cluster) error {
	cidrs := client.ServiceCIDRs(cluster)
	have, ok := cidrs.Get("", defaultServiceCIDR)
	if !ok {
		made, err := cidrs.Create(ctx, &networkingv1.ServiceCIDR{
			ObjectMeta: metav1.ObjectMeta{Name: defaultServiceCIDR},
			Spec:       networkingv1.ServiceCIDRSpec{CIDRs: []string{serviceRange.String()}},
		})
		if err != nil {
			return fmt.Errorf("making the service CIDR %s: %w", defaultServiceCIDR, err)
		}
		have = made
	}
	if have.DeletionTimestamp != nil || meta.IsStatusConditionTrue(have.Status.Conditions, networkingv1.ServiceCIDRConditionReady) {
		return nil
	}
	ready := have.DeepCopy()
	meta.SetStatusCondition(&ready.Status.Conditions, metav1.Condition{Type: networkingv1.ServiceCIDRConditionReady, Status: metav1.ConditionTrue,
		Message: "Kubernetes default Service CIDR is ready"})
	if _, err := cidrs.UpdateStatus(ctx, ready); err != nil {
		return fmt.Errorf("telling that the service CIDR %s is ready: %w", defaultServiceCIDR, err)
	}
	return nil
}

// repairAddresses brings the IPAddresses in line with the services, before anybody is served: a crash may have come between two writes, and
// older releases made none. What remains wrong is somebody's own doing, and is told.
func (c *controlPlane) repairAddresses(ctx context.Context) {
	addresses := serviceaddress.New(&admission.View{Pipeline: c.pipeline}, serviceaddress.Default())
	asServer := identity.NewContext(ctx, &identity.User{Name: "system:apiserver", Groups: []string{"system:masters", "system:authenticated"}})
	if err := addresses.Repair(asServer); err != nil {
		c.log.Warn("services' addresses are not all booked as they should be", "error", err)
	}
}

// bootServices makes what services need, and the first of them.
func (c *controlPlane) bootServices(ctx context.Context, group *errgroup.Group, cluster client.Cluster) {
	group.Go(func() error {
		return makeServiceCIDR(ctx, c.as("kube-apiserver", "system:apiserver", "system:masters"))
	})
	group.Go(func() error {
		c.repairAddresses(ctx)
		return c.makeKubernetesService(ctx, cluster) // in a namespace that is there by now
	})
}
