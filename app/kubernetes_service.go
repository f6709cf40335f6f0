package app

import (
	"context"
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"argosy.dev/client"
)

// kubernetesService is the name by which pods find the API server, in the namespace default.
const kubernetesService = "kubernetes"

// makeKubernetesService makes the service by which pods find the API server, and says where that is now. A server that listens
// on a loopback address only is nowhere for pods: the service then has no endpoints, and so it is with one of IPv6.
func (c *controlPlane) makeKubernetesService(ctx context.Context, cluster client.Cluster) error {
	listen, err := netip.ParseAddrPort(c.listener.Addr().String())
	if err != nil {
		return fmt.Errorf("reading the address that the API server listens on: %w", err)
	}
	services := client.Services(cluster)
	wanted := kubernetesSpec(int32(listen.Port()))
	have, ok := services.Get(metav1.NamespaceDefault, kubernetesService)
	switch {
	case !ok:
		meta := kubernetesMeta()
		meta.Labels = map[string]string{"component": "apiserver", "provider": "kubernetes"}
		if _, err := services.Create(ctx, &corev1.Service{ObjectMeta: meta, Spec: wanted}); err != nil {
			return made("service "+kubernetesService, err)
		}
	case !equality.Semantic.DeepEqual(have.Spec.Ports, wanted.Ports):
		changed := have.DeepCopy()
		changed.Spec.Ports = wanted.Ports
		if _, err := services.Update(ctx, changed); err != nil {
			return fmt.Errorf("updating the service %s: %w", kubernetesService, err)
		}
	}
	address, err := advertised(listen.Addr())
	if err != nil {
		return err
	}
	if err := c.makeEndpoints(ctx, cluster, address, int32(listen.Port())); err != nil {
		return err
	}
	return c.makeEndpointSlice(ctx, cluster, address, int32(listen.Port()))
}

func kubernetesMeta() metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: metav1.NamespaceDefault, Name: kubernetesService}
}

func kubernetesSpec(port int32) corev1.ServiceSpec {
	ip := firstAddress(serviceRange).String()
	return corev1.ServiceSpec{
		Type: corev1.ServiceTypeClusterIP, ClusterIP: ip, ClusterIPs: []string{ip}, SessionAffinity: corev1.ServiceAffinityNone,
		Ports: []corev1.ServicePort{{Name: "https", Protocol: corev1.ProtocolTCP, Port: 443, TargetPort: intstr.FromInt32(port)}},
	}
}

// advertised is where others reach a server that listens on an address; empty if they cannot.
func advertised(listen netip.Addr) (string, error) {
	switch {
	case listen.IsLoopback(), listen.Is6() && !listen.Is4In6() && !listen.IsUnspecified():
		return "", nil // the cluster's addresses are of IPv4
	case !listen.IsUnspecified():
		return listen.Unmap().String(), nil
	}
	addresses, err := nodeAddresses()
	if err != nil {
		return "", err
	}
	if a, err := netip.ParseAddr(addresses[0]); err != nil || a.IsLoopback() {
		return "", err
	}
	return addresses[0], nil
}

func (c *controlPlane) makeEndpoints(ctx context.Context, cluster client.Cluster, address string, port int32) error {
	endpoints := client.Endpoints(cluster)
	//lint:ignore SA1019 clients still read Endpoints
	wanted := &corev1.Endpoints{ObjectMeta: kubernetesMeta()}
	// This one is kept here: nobody is to mirror it as a slice.
	wanted.Labels = map[string]string{discoveryv1.LabelSkipMirror: "true"}
	if address != "" {
		//lint:ignore SA1019 clients still read Endpoints
		wanted.Subsets = []corev1.EndpointSubset{{
			Addresses: []corev1.EndpointAddress{{IP: address}},
			Ports:     []corev1.EndpointPort{{Name: "https", Port: port, Protocol: corev1.ProtocolTCP}},
		}}
	}
	have, ok := endpoints.Get(metav1.NamespaceDefault, kubernetesService)
	if !ok {
		_, err := endpoints.Create(ctx, wanted)
		return made("endpoints of the service "+kubernetesService, err)
	}
	if equality.Semantic.DeepEqual(have.Subsets, wanted.Subsets) {
		return nil
	}
	changed := have.DeepCopy()
	changed.Subsets = wanted.Subsets
	if _, err := endpoints.Update(ctx, changed); err != nil {
		return fmt.Errorf("updating the endpoints of the service %s: %w", kubernetesService, err)
	}
	return nil
}

func (c *controlPlane) makeEndpointSlice(ctx context.Context, cluster client.Cluster, address string, port int32) error {
	slices := client.EndpointSlices(cluster)
	name, protocol, ready := "https", corev1.ProtocolTCP, true
	wanted := &discoveryv1.EndpointSlice{ObjectMeta: kubernetesMeta(), AddressType: discoveryv1.AddressTypeIPv4,
		Ports: []discoveryv1.EndpointPort{{Name: &name, Port: &port, Protocol: &protocol}}}
	wanted.Labels = map[string]string{discoveryv1.LabelServiceName: kubernetesService}
	if address != "" {
		wanted.Endpoints = []discoveryv1.Endpoint{{Addresses: []string{address}, Conditions: discoveryv1.EndpointConditions{Ready: &ready}}}
	}
	have, ok := slices.Get(metav1.NamespaceDefault, kubernetesService)
	if !ok {
		_, err := slices.Create(ctx, wanted)
		return made("endpoint slice of the service "+kubernetesService, err)
	}
	if equality.Semantic.DeepEqual(have.Endpoints, wanted.Endpoints) && equality.Semantic.DeepEqual(have.Ports, wanted.Ports) {
		return nil
	}
	changed := have.DeepCopy()
	changed.Endpoints, changed.Ports = wanted.Endpoints, wanted.Ports
	if _, err := slices.Update(ctx, changed); err != nil {
		return fmt.Errorf("updating the endpoint slice of the service %s: %w", kubernetesService, err)
	}
	return nil
}
