package admission

import (
	"context"
	"fmt"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/resource"
)

var addresses = networkingv1.SchemeGroupVersion.WithResource("ipaddresses")

func (r *View) IPAddress(ip string) (*networkingv1.IPAddress, bool) {
	a, ok := r.Get(addresses, ip).(*networkingv1.IPAddress)
	return a, ok
}

func (r *View) IPAddresses() []*networkingv1.IPAddress {
	return listed[*networkingv1.IPAddress](r, addresses, "")
}

// CreateIPAddress books an address, as the server itself.
func (r *View) CreateIPAddress(ctx context.Context, a *networkingv1.IPAddress) error {
	target, err := r.address(a)
	if err != nil {
		return err
	}
	target.Name = ""
	_, err = r.Pipeline.Create(ctx, target, resource.Body{Object: a}, metav1.CreateOptions{FieldManager: "kube-apiserver"})
	return err
}

// DeleteIPAddress gives a booked address back, provided that it is the booking that was looked at.
func (r *View) DeleteIPAddress(ctx context.Context, a *networkingv1.IPAddress) error {
	target, err := r.address(a)
	if err != nil {
		return err
	}
	_, err = r.Pipeline.Delete(ctx, target, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &a.UID}})
	return err
}

func (r *View) address(a *networkingv1.IPAddress) (resource.Target, error) {
	res, ok := r.Pipeline.Lookup(addresses)
	if !ok {
		return resource.Target{}, fmt.Errorf("the server has no %s", addresses.GroupResource())
	}
	return resource.Target{Resource: res, Version: addresses.Version, Name: a.Name}, nil
}
