package service

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func allocated() *corev1.Service {
	s := &corev1.Service{Spec: corev1.ServiceSpec{
		Type: corev1.ServiceTypeNodePort, ClusterIP: "10.96.0.7",
		Ports: []corev1.ServicePort{{Name: "a", Port: 80, NodePort: 30080}, {Name: "b", Port: 81, NodePort: 30081}},
	}}
	setDefaults(s)
	prepareCreate(s)
	return s
}

func TestWhatIsLeftOutIsKept(t *testing.T) {
	old := allocated()
	s := old.DeepCopy()
	s.Spec.ClusterIP, s.Spec.ClusterIPs = "", nil
	s.Spec.Ports = []corev1.ServicePort{
		{Name: "b", Port: 81, Protocol: corev1.ProtocolTCP},
		{Name: "new", Port: 82, Protocol: corev1.ProtocolTCP},
		{Name: "a", Port: 80, Protocol: corev1.ProtocolTCP, NodePort: 30099},
	}
	prepareUpdate(s, old)
	if s.Spec.ClusterIP != "10.96.0.7" || !slices.Equal(s.Spec.ClusterIPs, []string{"10.96.0.7"}) {
		t.Errorf("the address is %s, %v", s.Spec.ClusterIP, s.Spec.ClusterIPs)
	}
	if a, b, c := s.Spec.Ports[0].NodePort, s.Spec.Ports[1].NodePort, s.Spec.Ports[2].NodePort; a != 30081 || b != 0 || c != 30099 {
		t.Errorf("node ports %d, %d, %d", a, b, c)
	}
}

func TestWhatIsNotNeededGoes(t *testing.T) {
	old := allocated()
	s := old.DeepCopy()
	s.Spec.Type = corev1.ServiceTypeClusterIP
	prepareUpdate(s, old)
	if s.Spec.Ports[0].NodePort != 0 || s.Spec.ExternalTrafficPolicy != "" {
		t.Errorf("node port %d, policy %q", s.Spec.Ports[0].NodePort, s.Spec.ExternalTrafficPolicy)
	}
	s = old.DeepCopy()
	s.Spec.Type, s.Spec.ExternalName = corev1.ServiceTypeExternalName, "example.com"
	prepareUpdate(s, old)
	if s.Spec.ClusterIP != "" || s.Spec.ClusterIPs != nil || s.Spec.IPFamilies != nil || s.Spec.IPFamilyPolicy != nil {
		t.Errorf("left: %+v", s.Spec)
	}
	if errs := validateUpdate(s, old); len(errs) > 0 {
		t.Error(errs)
	}
}

// A writer who asks for something else than there was is not corrected, but told.
func TestWhatIsAskedForStays(t *testing.T) {
	old := allocated()
	s := old.DeepCopy()
	s.Spec.Type, s.Spec.Ports[0].NodePort = corev1.ServiceTypeClusterIP, 30090
	prepareUpdate(s, old)
	if errs := validateUpdate(s, old); len(errs) != 2 {
		t.Errorf("want both ports refused, got %v", errs)
	}
}

func TestFamilies(t *testing.T) {
	for _, c := range []struct {
		name string
		spec corev1.ServiceSpec
		want []corev1.IPFamily
	}{
		{"one", corev1.ServiceSpec{}, []corev1.IPFamily{corev1.IPv4Protocol}},
		{"that of the address", corev1.ServiceSpec{ClusterIP: "fd00::7"}, []corev1.IPFamily{corev1.IPv6Protocol}},
		{"none for a name", corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName}, nil},
		{"both where nobody knows", corev1.ServiceSpec{ClusterIP: "None"}, []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol}},
		{"one with a selector", corev1.ServiceSpec{ClusterIP: "None", Selector: map[string]string{"a": "b"}}, []corev1.IPFamily{corev1.IPv4Protocol}},
	} {
		s := &corev1.Service{Spec: c.spec}
		setDefaults(s)
		prepareCreate(s)
		if !slices.Equal(s.Spec.IPFamilies, c.want) {
			t.Errorf("%s: %v", c.name, s.Spec.IPFamilies)
		}
	}
}
