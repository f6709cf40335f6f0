package servicecidr

import networkingv1 "k8s.io/api/networking/v1"

func prepareCreate(c *networkingv1.ServiceCIDR) { c.Status = networkingv1.ServiceCIDRStatus{} }

func prepareUpdate(c, old *networkingv1.ServiceCIDR) { c.Status = old.Status }

func prepareStatus(c, old *networkingv1.ServiceCIDR) {
	c.Spec = old.Spec
	c.Labels, c.Annotations = old.Labels, old.Annotations
	c.Finalizers, c.OwnerReferences = old.Finalizers, old.OwnerReferences
}
