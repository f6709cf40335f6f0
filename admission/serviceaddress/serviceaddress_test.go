package serviceaddress

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/core/service"
	"argosy.dev/resource"
)

// stored is a cluster of services.
type stored struct {
	mu       sync.Mutex
	services map[string]*corev1.Service

	addresses map[string]*networkingv1.IPAddress
	ranges    []*networkingv1.ServiceCIDR
}

func (s *stored) by(index, value string) []*corev1.Service {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*corev1.Service
	for _, svc := range s.services {
		if slices.Contains(service.Kind().Indexes[index](svc), value) {
			found = append(found, svc)
		}
	}
	return found
}

func (s *stored) ServicesWithIP(ip string) []*corev1.Service { return s.by(service.ByClusterIP, ip) }
func (s *stored) ServicesOnNodePort(port int32) []*corev1.Service {
	return s.by(service.ByNodePort, fmt.Sprint(port))
}

func (s *stored) put(svc *corev1.Service) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.services == nil {
		s.services = map[string]*corev1.Service{}
	}
	s.services[svc.Namespace+"/"+svc.Name] = svc
}

func (s *stored) Services() []*corev1.Service {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.services))
}

func (s *stored) ServiceCIDRs() []*networkingv1.ServiceCIDR { return s.ranges }

func (s *stored) IPAddress(ip string) (*networkingv1.IPAddress, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.addresses[ip]
	return a, ok
}

func (s *stored) IPAddresses() []*networkingv1.IPAddress {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.addresses))
}

func (s *stored) CreateIPAddress(_ context.Context, a *networkingv1.IPAddress) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.addresses == nil {
		s.addresses = map[string]*networkingv1.IPAddress{}
	}
	s.addresses[a.Name] = a
	return nil
}

func (s *stored) DeleteIPAddress(_ context.Context, a *networkingv1.IPAddress) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.addresses, a.Name)
	return nil
}

func named(name string, spec corev1.ServiceSpec) *corev1.Service {
	svc := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name}, Spec: spec}
	service.Kind().Default(svc)
	return svc
}

func attempt(svc, old *corev1.Service) *resource.Attempt {
	a := &resource.Attempt{Operation: resource.Create, Object: svc}
	a.Resource = &resource.Resource{Kind: service.Kind()}
	a.Namespace, a.Name = svc.Namespace, svc.Name
	if old != nil {
		a.Operation, a.Old = resource.Update, kinds.Object(old)
	}
	return a
}

func small() Range {
	return Range{Addresses: netip.MustParsePrefix("10.96.0.0/26"), FirstPort: 30000, LastPort: 30039}
}

func TestCreate(t *testing.T) {
	for _, c := range []struct {
		name, want string
		spec       corev1.ServiceSpec
	}{
		{name: "an address", spec: corev1.ServiceSpec{}},
		{name: "a free one on request", spec: corev1.ServiceSpec{ClusterIP: "10.96.0.9"}},
		{name: "taken", spec: corev1.ServiceSpec{ClusterIP: "10.96.0.7"},
			want: `Service "a" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.7"]: failed to allocate IP 10.96.0.7: provided IP is already allocated`},
		{name: "elsewhere", spec: corev1.ServiceSpec{ClusterIP: "127.0.0.1"},
			want: `Service "a" is invalid: spec.clusterIPs: Invalid value: ["127.0.0.1"]: failed to allocate IP 127.0.0.1: the provided network does not match the current range`},
		{name: "the network's own", spec: corev1.ServiceSpec{ClusterIP: "10.96.0.0"},
			want: `failed to allocate IP 10.96.0.0: the provided IP (10.96.0.0) is not in the valid range. The range of valid IPs is 10.96.0.0/26`},
		{name: "broadcast", spec: corev1.ServiceSpec{ClusterIP: "10.96.0.63"}, want: "is not in the valid range"},
		{name: "another family", spec: corev1.ServiceSpec{ClusterIP: "fd00::1"},
			want: `Service "a" is invalid: spec.clusterIPs[0]: Invalid value: ["fd00::1"]: IPv6 is not configured on this cluster`},
		{name: "a family asked for", spec: corev1.ServiceSpec{IPFamilies: []corev1.IPFamily{"IPv6"}},
			want: `Service "a" is invalid: spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster`},
		{name: "two families", spec: corev1.ServiceSpec{IPFamilyPolicy: new(corev1.IPFamilyPolicyRequireDualStack)},
			want: `Service "a" is invalid: spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services`},
		{name: "headless", spec: corev1.ServiceSpec{ClusterIP: "None"}},
		{name: "a name elsewhere", spec: corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "x"}},
		{name: "a port", spec: corev1.ServiceSpec{Type: corev1.ServiceTypeNodePort, Ports: []corev1.ServicePort{{Port: 80}}}},
		{name: "a taken port", spec: corev1.ServiceSpec{Type: corev1.ServiceTypeNodePort, Ports: []corev1.ServicePort{{Port: 80, NodePort: 30007}}},
			want: `Service "a" is invalid: spec.ports[0].nodePort: Invalid value: 30007: provided port is already allocated`},
		{name: "a port out of range", spec: corev1.ServiceSpec{Type: corev1.ServiceTypeNodePort, Ports: []corev1.ServicePort{{Port: 80, NodePort: 80}}},
			want: `spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-30039`},
		{name: "a health port out of range", want: "failed to allocate requested HealthCheck NodePort 1: provided port is not in the valid range",
			spec: corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer, ExternalTrafficPolicy: "Local", HealthCheckNodePort: 1, Ports: []corev1.ServicePort{{Port: 80}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &stored{}
			s.put(named("other", corev1.ServiceSpec{Type: corev1.ServiceTypeNodePort, ClusterIP: "10.96.0.7", ClusterIPs: []string{"10.96.0.7"},
				Ports: []corev1.ServicePort{{Port: 80, NodePort: 30007}}}))
			svc := named("a", c.spec)
			al := New(s, small())
			err := al.Mutate(t.Context(), attempt(svc, nil))
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Fatalf("got %v, want %s", err, c.want)
				}
				if len(al.ips.held)+len(al.ports.held) > 0 {
					t.Errorf("still claimed: %v %v", al.ips.held, al.ports.held)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			wantIP := c.spec.ClusterIP != "None" && c.spec.Type != corev1.ServiceTypeExternalName
			if got := svc.Spec.ClusterIP != "" && svc.Spec.ClusterIP != "None"; got != wantIP {
				t.Errorf("address %q", svc.Spec.ClusterIP)
			}
			for _, p := range svc.Spec.Ports {
				if p.NodePort < 30016 { // the lower ports are for requests
					t.Errorf("node port %d", p.NodePort)
				}
			}
		})
	}
}

func TestOneNumberForAllProtocolsOfAPort(t *testing.T) {
	svc := named("dns", corev1.ServiceSpec{Type: corev1.ServiceTypeNodePort, Ports: []corev1.ServicePort{
		{Name: "u", Port: 53, Protocol: corev1.ProtocolUDP}, {Name: "t", Port: 53, Protocol: corev1.ProtocolTCP}, {Name: "w", Port: 80}}})
	if err := New(&stored{}, small()).Mutate(t.Context(), attempt(svc, nil)); err != nil {
		t.Fatal(err)
	}
	if p := svc.Spec.Ports; p[0].NodePort == 0 || p[0].NodePort != p[1].NodePort || p[2].NodePort == p[0].NodePort || p[2].NodePort == 0 {
		t.Errorf("%+v", p)
	}
}

func TestChangesOfType(t *testing.T) {
	s := &stored{}
	al := New(s, small())
	old := named("a", corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "x"})
	for _, c := range []struct {
		to        corev1.ServiceType
		ip, ports bool
	}{
		{corev1.ServiceTypeClusterIP, true, false}, {corev1.ServiceTypeNodePort, true, true}, {corev1.ServiceTypeLoadBalancer, true, true},
		{corev1.ServiceTypeClusterIP, true, false}, {corev1.ServiceTypeExternalName, false, false},
	} {
		svc := old.DeepCopy()
		svc.Spec.Type = c.to
		svc.Spec.Ports = append([]corev1.ServicePort(nil), svc.Spec.Ports...)
		if len(svc.Spec.Ports) == 0 {
			svc.Spec.Ports = []corev1.ServicePort{{Port: 80, Protocol: corev1.ProtocolTCP}}
		}
		service.Kind().Default(svc)
		if err := al.Mutate(t.Context(), attempt(svc, old)); err != nil {
			t.Fatalf("to %s: %v", c.to, err)
		}
		service.Kind().PrepareUpdate(svc, old)
		if errs := service.Kind().ValidateUpdate(svc, old); len(errs) > 0 {
			t.Fatalf("to %s: %v", c.to, errs)
		}
		if got := svc.Spec.ClusterIP != ""; got != c.ip {
			t.Errorf("%s: address %q", c.to, svc.Spec.ClusterIP)
		}
		if got := svc.Spec.Ports[0].NodePort != 0; got != c.ports {
			t.Errorf("%s: node port %d", c.to, svc.Spec.Ports[0].NodePort)
		}
		if old.Spec.ClusterIP != "" && c.ip && svc.Spec.ClusterIP != old.Spec.ClusterIP {
			t.Errorf("%s: the address changed", c.to)
		}
		s.put(svc)
		old = svc
	}
}

// Many writers at once: every number once, the whole range used, then refusals; and what is freed can be had again.
func TestExactlyOnce(t *testing.T) {
	s := &stored{}
	al := New(s, small())
	const writers = 100 // for 62 addresses and 40 ports
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			ctx, over := context.WithCancel(context.Background())
			defer over()
			spec := corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}
			if i%2 == 0 {
				spec.Type = corev1.ServiceTypeNodePort
			}
			svc := named(fmt.Sprintf("s%d", i), spec)
			if al.Mutate(ctx, attempt(svc, nil)) == nil {
				s.put(svc)
			}
		})
	}
	group.Wait()
	ips, ports := map[string]bool{}, map[int32]bool{}
	for _, svc := range s.services {
		if ips[svc.Spec.ClusterIP] {
			t.Errorf("%s was given out twice", svc.Spec.ClusterIP)
		}
		ips[svc.Spec.ClusterIP] = true
		if p := svc.Spec.Ports[0].NodePort; p != 0 && ports[p] {
			t.Errorf("port %d was given out twice", p)
		} else if p != 0 {
			ports[p] = true
		}
	}
	if len(ips) < 50 {
		t.Errorf("only %d addresses were given out", len(ips))
	}
	var freed *corev1.Service
	for _, svc := range s.services {
		freed = svc
		break
	}
	gone := &resource.Attempt{Operation: resource.Delete, Old: freed}
	gone.Namespace, gone.Name = freed.Namespace, freed.Name
	if err := al.Mutate(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	delete(s.services, "ns/"+freed.Name)
	again := named("again", corev1.ServiceSpec{ClusterIP: freed.Spec.ClusterIP})
	if err := al.Mutate(t.Context(), attempt(again, nil)); err != nil {
		t.Error(err)
	}
}

// A write that was refused later on keeps nothing for long; its own second try has what the first had.
func TestClaimsLapse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		al := New(&stored{}, small())
		ask := func(name string) error {
			ctx, over := context.WithCancel(t.Context())
			defer synctest.Wait()
			defer over()
			return al.Mutate(ctx, attempt(named(name, corev1.ServiceSpec{ClusterIP: "10.96.0.9"}), nil))
		}
		if err := ask("a"); err != nil {
			t.Fatal(err)
		}
		if err := ask("a"); err != nil {
			t.Errorf("the second try: %v", err)
		}
		if err := ask("b"); err == nil {
			t.Error("given to another at once")
		}
		time.Sleep(2 * claimGrace)
		if err := ask("b"); err != nil {
			t.Errorf("after a while: %v", err)
		}
	})
}
