package serviceaddress

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/core/service"
	"argosy.dev/resource"
)

// Mutate gives a service that is being stored what it needs and has not got. It is the last to change the service.
func (al *Allocator) Mutate(ctx context.Context, a *resource.Attempt) error {
	if old, ok := a.Old.(*corev1.Service); ok {
		al.settled(old)
	}
	if isAddress(a) {
		return al.booking(ctx, a)
	}
	svc, ok := a.Object.(*corev1.Service)
	if old, was := a.Old.(*corev1.Service); was && (a.Operation == resource.Delete || a.Object != nil && a.Object.GetDeletionTimestamp() != nil) {
		al.follows(ctx, a, addressesOf(old)...)
	}
	if !ok || a.Subresource != "" {
		return nil
	}
	s := &session{Allocator: al, ctx: ctx, owner: a.Namespace + "/" + a.Name, dryRun: a.DryRun}
	old, _ := a.Old.(*corev1.Service)
	if err := s.allocate(svc, old); err != nil {
		s.giveBack()
		return err
	}
	had, has := addressesOf(old), addressesOf(svc)
	if old == nil || !slices.Equal(had, has) {
		al.follows(ctx, a, append(slices.Clone(had), has...)...)
	}
	return nil
}

// settled ends the claims on what is stored by now.
func (al *Allocator) settled(svc *corev1.Service) {
	owner := svc.Namespace + "/" + svc.Name
	for _, ip := range svc.Spec.ClusterIPs {
		al.ips.drop(ip, owner)
	}
	for port := range portsOf(svc) {
		al.ports.drop(strconv.Itoa(int(port)), owner)
	}
}

func portsOf(svc *corev1.Service) map[int32]bool {
	ports := map[int32]bool{}
	for i := range svc.Spec.Ports {
		ports[svc.Spec.Ports[i].NodePort] = true
	}
	ports[svc.Spec.HealthCheckNodePort] = true
	delete(ports, 0)
	return ports
}

func (s *session) allocate(svc, old *corev1.Service) error {
	service.Settle(svc, old)
	if service.NeedsClusterIP(&svc.Spec) {
		if errs := service.ValidateAddresses(svc, old); len(errs) > 0 {
			return invalid(svc, errs)
		}
		if errs := families(svc, old); len(errs) > 0 {
			return invalid(svc, errs)
		}
		if old == nil || !service.NeedsClusterIP(&old.Spec) {
			if err := s.giveIP(svc); err != nil {
				return err
			}
		}
	}
	if err := s.givePorts(svc, old); err != nil {
		return err
	}
	if service.NeedsHealthPort(&svc.Spec) && (old == nil || !service.NeedsHealthPort(&old.Spec)) {
		return s.giveHealthPort(svc)
	}
	return nil
}

func invalid(svc *corev1.Service, errs field.ErrorList) error {
	return apierrors.NewInvalid(corev1.SchemeGroupVersion.WithKind("Service").GroupKind(), svc.Name, errs)
}

func (s *session) giveIP(svc *corev1.Service) error {
	spec, path := &svc.Spec, field.NewPath("spec", "clusterIPs")
	if headless(spec) {
		return nil
	}
	if len(spec.ClusterIPs) > 0 {
		if err := s.requestIP(spec.ClusterIPs[0]); err != nil {
			return invalid(svc, field.ErrorList{field.Invalid(path, spec.ClusterIPs, fmt.Sprintf("failed to allocate IP %v: %v", spec.ClusterIPs[0], err))})
		}
	} else {
		ip, err := s.anyIP()
		if err == nil && svc.Name == "" {
			// An address is booked under the service's name.
			err = fmt.Errorf("IPAddress.networking.k8s.io %q is invalid: spec.parentRef.name: Required value", ip)
		}
		if err != nil {
			return invalid(svc, field.ErrorList{field.Invalid(path, []string{""}, fmt.Sprintf("failed to allocate IP: %v", err))})
		}
		spec.ClusterIPs = []string{ip}
	}
	spec.ClusterIP = spec.ClusterIPs[0]
	return nil
}

// givePorts claims the node ports that the service asks for and draws those that it needs besides. One number serves all protocols
// of one port.
func (s *session) givePorts(svc, old *corev1.Service) error {
	spec := &svc.Spec
	if spec.Type != corev1.ServiceTypeNodePort && spec.Type != corev1.ServiceTypeLoadBalancer {
		return nil
	}
	mine, had, byPort := portsOf(svc), map[int32]bool{}, map[int32]int32{}
	if old != nil {
		had = portsOf(old)
	}
	for i := range spec.Ports {
		p := &spec.Ports[i]
		if p.NodePort == 0 {
			continue
		}
		if !had[p.NodePort] {
			if err := s.requestPort(p.NodePort); err != nil {
				return invalid(svc, field.ErrorList{field.Invalid(field.NewPath("spec", "ports").Index(i).Child("nodePort"), p.NodePort, err.Error())})
			}
			had[p.NodePort] = true
		}
		if _, ok := byPort[p.Port]; !ok {
			byPort[p.Port] = p.NodePort
		}
	}
	if !service.NeedsNodePorts(spec) {
		return nil
	}
	for i := range spec.Ports {
		p := &spec.Ports[i]
		if p.NodePort != 0 {
			continue
		}
		if number, ok := byPort[p.Port]; ok && old == nil {
			p.NodePort = number
			continue
		}
		number, err := s.anyPort(mine)
		if err != nil {
			return apierrors.NewInternalError(fmt.Errorf("failed to allocate a nodePort: %w", err))
		}
		p.NodePort, byPort[p.Port] = number, number
	}
	return nil
}

func (s *session) giveHealthPort(svc *corev1.Service) error {
	if port := svc.Spec.HealthCheckNodePort; port != 0 {
		err := s.requestPort(port)
		for i := range svc.Spec.Ports {
			if svc.Spec.Ports[i].NodePort == port {
				err = errPortTaken // by the service itself, for its traffic
			}
		}
		if err != nil {
			return apierrors.NewInternalError(fmt.Errorf("failed to allocate requested HealthCheck NodePort %v: %w", port, err))
		}
		return nil
	}
	port, err := s.anyPort(portsOf(svc))
	if err != nil {
		return apierrors.NewInternalError(fmt.Errorf("failed to allocate a HealthCheck NodePort: %w", err))
	}
	svc.Spec.HealthCheckNodePort = port
	return nil
}
