package e2e

import (
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/test/e2e/cluster"
)

func TestServiceKubernetesFollowsTheServer(t *testing.T) {
	t.Parallel()
	c := cluster.NewServer(t)
	for range 2 { // each time at a port that was free
		c.Start(t, "--listen", "127.0.0.1:0")
		service, err := c.API(t).CoreV1().Services("default").Get(t.Context(), "kubernetes", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if service.Spec.ClusterIP != "10.96.0.1" || service.Spec.Ports[0].Port != 443 {
			t.Errorf("the service is %+v", service.Spec)
		}
		port := service.Spec.Ports[0].TargetPort.IntVal
		if host := c.REST(t).Host; !strings.HasSuffix(host, fmt.Sprint(":", port)) {
			t.Errorf("the service leads to port %d of %s", port, host)
		}
		slice, err := c.API(t).DiscoveryV1().EndpointSlices("default").Get(t.Context(), "kubernetes", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if len(slice.Endpoints) != 0 {
			t.Errorf("a server on a loopback address has endpoints: %+v", slice.Endpoints)
		}
		if *slice.Ports[0].Port != port {
			t.Errorf("the slice has port %d, the service leads to %d", *slice.Ports[0].Port, port)
		}
		c.Stop(t)
	}
}
