package serviceaddress

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"net/netip"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/resource"
)

// Book is the cluster's IPAddresses, written as the server itself.
type Book interface {
	IPAddress(ip string) (*networkingv1.IPAddress, bool)
	IPAddresses() []*networkingv1.IPAddress
	CreateIPAddress(ctx context.Context, a *networkingv1.IPAddress) error
	DeleteIPAddress(ctx context.Context, a *networkingv1.IPAddress) error
	Services() []*corev1.Service
}

// managedBy marks the IPAddresses that follow services, as upstream's allocator marks its own.
const managedBy = "ipallocator.k8s.io"

// ours tells whether an IPAddress is one that follows a service; others are their makers' business.
func ours(a *networkingv1.IPAddress) bool { return a.Labels[networkingv1.LabelManagedBy] == managedBy }

func parentOf(a *networkingv1.IPAddress) string {
	ref := a.Spec.ParentRef
	if ref == nil || ref.Group != "" || ref.Resource != "services" {
		return ""
	}
	return ref.Namespace + "/" + ref.Name
}

// booked tells whether somebody else has an address by an IPAddress that follows no service.
func (s *session) booked(ip string) bool {
	a, ok := s.reader.IPAddress(ip)
	return ok && !ours(a) && parentOf(a) != s.owner
}

// following marks what follow writes itself.
type following struct{}

// followWithin bounds the writes that follow a service's, which are not to be left half done because a client is gone.
const followWithin = 10 * time.Second

// follows has the IPAddresses of a write's services brought in line once it is over.
func (al *Allocator) follows(ctx context.Context, a *resource.Attempt, ips ...string) {
	if a.DryRun || len(ips) == 0 || ctx.Value(following{}) != nil {
		return
	}
	a.OnSettled(func() {
		for _, ip := range ips {
			if err := al.follow(ctx, ip); err != nil {
				a.Warn(err.Error())
			}
		}
	})
}

// follow makes or takes away the IPAddress of an address, as the services say.
func (al *Allocator) follow(ctx context.Context, ip string) error {
	ctx, cancel := context.WithTimeout(context.WithValue(context.WithoutCancel(ctx), following{}, true), followWithin)
	defer cancel()
	defer al.books.lock(ip)()
	services := al.reader.ServicesWithIP(ip)
	had, ok := al.reader.IPAddress(ip)
	switch {
	case ok && len(services) > 0 && parentOf(had) == services[0].Namespace+"/"+services[0].Name, !ok && len(services) == 0:
		return nil
	case ok && !ours(had) && len(services) == 0:
		return nil
	case ok && !ours(had):
		return fmt.Errorf("the IPAddress %s is not that of the service %s/%s, which has the address", ip, services[0].Namespace, services[0].Name)
	case ok:
		if err := al.reader.DeleteIPAddress(ctx, had); err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("taking away the IPAddress %s: %w", ip, err)
		}
	}
	if len(services) == 0 {
		return nil
	}
	if err := al.reader.CreateIPAddress(ctx, addressOf(services[0], ip)); err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("making the IPAddress %s: %w", ip, err)
	}
	return nil
}

func addressOf(svc *corev1.Service, ip string) *networkingv1.IPAddress {
	family := corev1.IPv4Protocol
	if addr, err := netip.ParseAddr(ip); err == nil && addr.Is6() {
		family = corev1.IPv6Protocol
	}
	return &networkingv1.IPAddress{
		ObjectMeta: metav1.ObjectMeta{Name: ip, Labels: map[string]string{networkingv1.LabelIPAddressFamily: string(family), networkingv1.LabelManagedBy: managedBy}},
		Spec:       networkingv1.IPAddressSpec{ParentRef: &networkingv1.ParentReference{Resource: "services", Namespace: svc.Namespace, Name: svc.Name}},
	}
}

// Repair brings all IPAddresses in line: a crash may have come between the two writes.
func (al *Allocator) Repair(ctx context.Context) error {
	var ips []string
	for _, svc := range al.reader.Services() {
		ips = append(ips, addressesOf(svc)...)
	}
	for _, a := range al.reader.IPAddresses() {
		if ours(a) {
			ips = append(ips, a.Name)
		}
	}
	slices.Sort(ips)
	var faults []error
	for _, ip := range slices.Compact(ips) {
		faults = append(faults, al.follow(ctx, ip))
	}
	return errors.Join(faults...)
}

// addressesOf are the addresses that a service holds; nil for none.
func addressesOf(svc *corev1.Service) []string {
	if svc == nil || headless(&svc.Spec) {
		return nil
	}
	return svc.Spec.ClusterIPs
}

func isAddress(a *resource.Attempt) bool {
	obj := a.Object
	if obj == nil {
		obj = a.Old
	}
	_, ok := obj.(*networkingv1.IPAddress)
	return ok
}

// booking sees the writes of IPAddresses themselves. A new one must not take what a service has been promised, and what follows a service that
// is still there comes back.
func (al *Allocator) booking(ctx context.Context, a *resource.Attempt) error {
	if ctx.Value(following{}) != nil || a.Subresource != "" {
		return nil
	}
	if made, ok := a.Object.(*networkingv1.IPAddress); ok && a.Operation == resource.Create && !a.DryRun {
		owner := "ipaddress " + a.Name
		if p := parentOf(made); p != "" {
			owner = p
		}
		if !al.ips.take(ctx, a.Name, owner) {
			return apierrors.NewAlreadyExists(networkingv1.Resource("ipaddresses"), a.Name)
		}
		a.OnSettled(func() { al.ips.drop(a.Name, owner) })
	}
	if a.Operation == resource.Delete {
		al.follows(ctx, a, a.Name)
	}
	return nil
}

// locks let one at a time look after an address.
type locks struct {
	seed    maphash.Seed
	once    sync.Once
	stripes [64]sync.Mutex
}

func (l *locks) lock(what string) (unlock func()) {
	l.once.Do(func() { l.seed = maphash.MakeSeed() })
	m := &l.stripes[maphash.String(l.seed, what)%uint64(len(l.stripes))]
	m.Lock()
	return m.Unlock
}
