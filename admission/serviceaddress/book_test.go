package serviceaddress

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func at(name, ip string) *corev1.Service {
	return named(name, corev1.ServiceSpec{ClusterIP: ip, ClusterIPs: []string{ip}})
}

// What a crash left, or somebody changed, is put right: the services say what is.
func TestRepair(t *testing.T) {
	s := &stored{}
	s.put(at("unbooked", "10.96.0.1"))
	s.put(at("taken-over", "10.96.0.2"))
	s.put(at("well", "10.96.0.3"))
	s.put(named("headless", corev1.ServiceSpec{ClusterIP: "None", ClusterIPs: []string{"None"}}))
	foreign := addressOf(at("theirs", "10.96.0.9"), "10.96.0.9")
	foreign.Labels = nil
	for _, a := range []*networkingv1.IPAddress{addressOf(at("gone", ""), "10.96.0.2"), addressOf(at("well", ""), "10.96.0.3"), addressOf(at("gone", ""), "10.96.0.4"), foreign} {
		if err := s.CreateIPAddress(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	kept, _ := s.IPAddress("10.96.0.3")
	if err := New(s, small()).Repair(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, a := range s.IPAddresses() {
		got[a.Name] = parentOf(a)
	}
	want := map[string]string{"10.96.0.1": "ns/unbooked", "10.96.0.2": "ns/taken-over", "10.96.0.3": "ns/well", "10.96.0.9": "ns/theirs"}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if now, _ := s.IPAddress("10.96.0.3"); now != kept {
		t.Error("what was right has been written again")
	}
}

func TestABookedAddressIsGivenToNoService(t *testing.T) {
	s := &stored{}
	theirs := addressOf(at("theirs", "10.96.0.9"), "10.96.0.9")
	theirs.Labels = nil
	if err := s.CreateIPAddress(t.Context(), theirs); err != nil {
		t.Fatal(err)
	}
	al := New(s, small())
	err := al.Mutate(t.Context(), attempt(named("a", corev1.ServiceSpec{ClusterIP: "10.96.0.9"}), nil))
	if err == nil || !strings.Contains(err.Error(), "provided IP is already allocated") {
		t.Errorf("got %v", err)
	}
	if err := al.Mutate(t.Context(), attempt(named("theirs", corev1.ServiceSpec{ClusterIP: "10.96.0.9"}), nil)); err != nil {
		t.Errorf("it is not given to whom it is booked for either: %v", err)
	}
}

// A ServiceCIDR that is ready extends what is given out; one that is not, or goes, does not.
func TestFurtherRanges(t *testing.T) {
	cidr := func(name, prefix string, ready metav1.ConditionStatus, deleted bool) *networkingv1.ServiceCIDR {
		c := &networkingv1.ServiceCIDR{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: networkingv1.ServiceCIDRSpec{CIDRs: []string{prefix}}}
		c.Status.Conditions = []metav1.Condition{{Type: networkingv1.ServiceCIDRConditionReady, Status: ready}}
		if deleted {
			c.DeletionTimestamp = &metav1.Time{}
		}
		return c
	}
	s := &stored{ranges: []*networkingv1.ServiceCIDR{
		cidr("more", "10.97.0.0/30", metav1.ConditionTrue, false), cidr("later", "10.98.0.0/30", metav1.ConditionFalse, false),
		cidr("gone", "10.99.0.0/30", metav1.ConditionTrue, true), cidr("six", "fd00::/120", metav1.ConditionTrue, false),
	}}
	al := New(s, Range{Addresses: netip.MustParsePrefix("10.96.0.0/30"), FirstPort: 30000, LastPort: 30039})
	var got []string
	for _, name := range []string{"a", "b", "c", "d"} {
		svc := named(name, corev1.ServiceSpec{})
		if err := al.Mutate(t.Context(), attempt(svc, nil)); err != nil {
			t.Fatal(err)
		}
		got = append(got, svc.Spec.ClusterIP)
	}
	slices.Sort(got)
	if want := []string{"10.96.0.1", "10.96.0.2", "10.97.0.1", "10.97.0.2"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for ip, why := range map[string]string{"10.98.0.1": "does not match the current range", "10.97.0.3": "not in the valid range"} {
		if err := al.Mutate(t.Context(), attempt(named("x", corev1.ServiceSpec{ClusterIP: ip}), nil)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", ip, err)
		}
	}
	if err := al.Mutate(t.Context(), attempt(named("e", corev1.ServiceSpec{}), nil)); err == nil || !strings.Contains(err.Error(), "range is full") {
		t.Errorf("a fifth: %v", err)
	}
}
