//lint:file-ignore SA1019 the API serves Endpoints for as long as clients write them

package nodeproxy

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/resource"
)

func service() *corev1.Service {
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "s", Namespace: "ns"},
		Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Name: "web", Port: 80}, {Name: "more", Port: 81}}}}
}

func behind(slices []*discoveryv1.EndpointSlice, e *corev1.Endpoints) *Proxy {
	return &Proxy{Options: Options{
		Service:   func(_, name string) (*corev1.Service, bool) { return service(), name == "s" },
		Slices:    func(_, _ string) []*discoveryv1.EndpointSlice { return slices },
		Endpoints: func(_, _ string) (*corev1.Endpoints, bool) { return e, e != nil },
	}}
}

func TestHostsOfAService(t *testing.T) {
	slice := &discoveryv1.EndpointSlice{
		Ports: []discoveryv1.EndpointPort{{Name: new("other"), Port: new(int32(1))}, {Name: new("web"), Port: new(int32(8080))}, {Name: new("more")}},
		Endpoints: []discoveryv1.Endpoint{
			{Addresses: []string{"10.1.0.1"}},
			{Addresses: []string{"10.1.0.2"}, Conditions: discoveryv1.EndpointConditions{Ready: new(false)}},
			{Addresses: []string{"10.1.0.3"}, Conditions: discoveryv1.EndpointConditions{Ready: new(true)}},
			{Addresses: []string{"127.0.0.1"}},
			{Addresses: []string{"fd00::1"}},
		}}
	old := &corev1.Endpoints{Subsets: []corev1.EndpointSubset{{
		Addresses: []corev1.EndpointAddress{{IP: "10.2.0.1"}, {IP: "169.254.169.254"}}, NotReadyAddresses: []corev1.EndpointAddress{{IP: "10.2.0.2"}},
		Ports: []corev1.EndpointPort{{Name: "web", Port: 9090}}}}}
	for name, c := range map[string]struct {
		proxy *Proxy
		port  string
		want  []string
	}{
		"slices":             {behind([]*discoveryv1.EndpointSlice{slice}, old), "web", []string{"10.1.0.1:8080", "10.1.0.3:8080", "[fd00::1]:8080"}},
		"a port without one": {behind([]*discoveryv1.EndpointSlice{slice}, old), "more", nil},
		"endpoints":          {behind(nil, old), "web", []string{"10.2.0.1:9090"}},
		"another port":       {behind(nil, old), "more", nil},
		"neither":            {behind(nil, nil), "web", nil},
	} {
		if got := c.proxy.hosts(service(), c.port); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestServiceRefusals(t *testing.T) {
	for name, want := range map[string]string{
		"q":         `services "q" not found`,
		"s:80":      `no endpoints available for service "s:80"`,
		"http:s:81": `no endpoints available for service "http:s:81"`,
		"s:82":      `no service port 82 found for service "s"`,
		"a:b:c:d":   `invalid service request "a:b:c:d"`,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		err := behind(nil, nil).proxyService(httptest.NewRecorder(), r, resource.Target{Namespace: "ns", Name: name})
		if err == nil || err.Error() != want || apierrors.ReasonForError(err) == metav1.StatusReasonUnknown {
			t.Errorf("%s: %v", name, err)
		}
	}
}
