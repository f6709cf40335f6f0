package e2e

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"argosy.dev/test/e2e/cluster"
)

// Server-side apply (KEP-555), as kubectl and as controllers do it.
func TestServerSideApply(t *testing.T) {
	t.Parallel()
	c := cluster.Server(t, "--api-only")
	for _, part := range []struct {
		name string
		test func(*testing.T, *cluster.Cluster)
	}{
		{"kubectl", testApplyByKubectl},
		{"upgrade from client side", testApplyUpgrade},
		{"diff", testApplyDiff},
		{"sharing", testApplySharing},
		{"lists", testApplyLists},
		{"subresources", testApplySubresources},
		{"bounded owners", testBoundedOwners},
		{"refusals", testApplyRefusals},
		{"custom resources", testApplyCustom},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.test(t, c)
		})
	}
}

// applySpace makes a namespace of a name and is a client in it; nothing need be ready in it, for no controller runs.
func applySpace(t *testing.T, c *cluster.Cluster, name string) (cluster.Client, *kubernetes.Clientset) {
	t.Helper()
	api := c.API(t)
	if _, err := api.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	return cluster.Client{Cluster: c, Namespace: name}, api
}

// owned are an object's owners, as "manager Operation /subresource".
func owned(m metav1.Object) []string {
	var list []string
	for _, e := range m.GetManagedFields() {
		of := e.Manager + " " + string(e.Operation)
		if e.Subresource != "" {
			of += " /" + e.Subresource
		}
		list = append(list, of)
	}
	slices.Sort(list)
	return list
}

func testApplyByKubectl(t *testing.T, c *cluster.Cluster) {
	client, api := applySpace(t, c, "by-kubectl")
	equal(t, "a dry run", client.Apply(t, settings, "--server-side", "--dry-run=server"), "configmap/settings serverside-applied (server dry run)")
	client.Try(t, "get", "configmap", "settings").Fails(t, 1, "NotFound")
	equal(t, "apply to create", client.Apply(t, settings, "--server-side"), "configmap/settings serverside-applied")
	read := func() *corev1.ConfigMap {
		t.Helper()
		m, err := api.CoreV1().ConfigMaps(client.Namespace).Get(t.Context(), "settings", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	made := read()
	if got := owned(made); !slices.Equal(got, []string{"kubectl Apply"}) {
		t.Errorf("owners: %v", got)
	}
	if _, ok := made.Annotations[corev1.LastAppliedConfigAnnotation]; ok {
		t.Error("server-side apply left an annotation")
	}
	client.Apply(t, settings, "--server-side")
	if again := read(); again.ResourceVersion != made.ResourceVersion {
		t.Error("applying the same wrote something")
	}

	// Another manager is refused what is not its own, and told by whom; with force it takes it, and who had it before may not have it back.
	blue := strings.Replace(settings, "red", "blue", 1)
	client.TryFeed(t, blue, "apply", "-f", "-", "--server-side", "--field-manager=painter").Fails(t, 1,
		`Apply failed with 1 conflict: conflict with "kubectl": .data.colour`, "Please review the fields above--they currently have other managers.", "--force-conflicts")
	both := strings.Replace(blue, "large", "small", 1)
	client.TryFeed(t, both, "apply", "-f", "-", "--server-side", "--field-manager=painter").Fails(t, 1,
		"Apply failed with 2 conflicts: conflicts with \"kubectl\":\n- .data.colour\n- .data.size")
	if m := read(); m.Data["colour"] != "red" || m.ResourceVersion != made.ResourceVersion {
		t.Errorf("a refused apply changed %v", m.Data)
	}
	client.Apply(t, blue, "--server-side", "--field-manager=painter", "--force-conflicts")
	if m := read(); m.Data["colour"] != "blue" || !slices.Equal(owned(m), []string{"kubectl Apply", "painter Apply"}) {
		t.Errorf("after force: %v, %v", m.Data, owned(m))
	}
	client.TryFeed(t, settings, "apply", "-f", "-", "--server-side").Fails(t, 1, `conflict with "painter": .data.colour`)
	// What two own stays until both have let it go; what nobody owns any more goes.
	client.Apply(t, strings.Replace(settings, "  colour: red\n  size: large\n", "  shape: round\n", 1), "--server-side")
	if m := read(); m.Data["colour"] != "blue" || m.Data["size"] != "large" || m.Data["shape"] != "round" {
		t.Errorf("after one let go: %v", m.Data)
	}
	client.Apply(t, strings.Replace(blue, "  size: large\n", "", 1), "--server-side", "--field-manager=painter")
	if m := read(); m.Data["colour"] != "blue" || m.Data["size"] != "" {
		t.Errorf("after both let size go: %v", m.Data)
	}

	// Who edits without apply owns what it changed, and is named with version and time where it conflicts.
	client.Kubectl(t, "patch", "configmap", "settings", "-p", `{"data":{"shape":"square"}}`)
	r := client.TryFeed(t, strings.Replace(settings, "  colour: red\n  size: large\n", "  shape: round\n", 1), "apply", "-f", "-", "--server-side")
	r.Fails(t, 1, `conflict with "kubectl-patch" using v1`, ".data.shape")
	client.Kubectl(t, "label", "configmap", "settings", "tier=back", "--field-manager=labeller")
	if got := owned(read()); !slices.Contains(got, "labeller Update") {
		t.Errorf("after a label: %v", got)
	}
	if out := client.Kubectl(t, "get", "configmap", "settings", "-o", "yaml"); strings.Contains(out, "managedFields") {
		t.Errorf("managed fields show unasked:\n%s", out)
	}
	contains(t, "managed fields", client.Kubectl(t, "get", "configmap", "settings", "-o", "yaml", "--show-managed-fields"), "managedFields:", "f:colour: {}", "manager: painter", "operation: Apply")
}

// What was applied on the client's side is the server's to merge from then on: what is left out goes, though nobody owned it by apply.
func testApplyUpgrade(t *testing.T, c *cluster.Cluster) {
	client, api := applySpace(t, c, "upgrade")
	client.Apply(t, settings)
	smaller := strings.Replace(settings, "  size: large\n", "", 1)
	client.Apply(t, smaller, "--server-side")
	m, err := api.CoreV1().ConfigMaps(client.Namespace).Get(t.Context(), "settings", metav1.GetOptions{})
	if err != nil || len(m.Data) != 1 || m.Data["colour"] != "red" {
		t.Errorf("after the upgrade: %v, %v", m.Data, err)
	}
	// Kubectl owns the annotation by a name of its own.
	if got := owned(m); !slices.Equal(got, []string{"kubectl Apply", "kubectl-last-applied Apply"}) {
		t.Errorf("owners after the upgrade: %v", got)
	}
	// And back: the annotation has kept up with what was applied on the server's side.
	contains(t, "the annotation", m.Annotations[corev1.LastAppliedConfigAnnotation], `"colour":"red"`)
	if strings.Contains(m.Annotations[corev1.LastAppliedConfigAnnotation], "size") {
		t.Errorf("the annotation is of before: %v", m.Annotations)
	}
	client.Apply(t, strings.Replace(settings, "  colour: red\n", "", 1))
	if m, err = api.CoreV1().ConfigMaps(client.Namespace).Get(t.Context(), "settings", metav1.GetOptions{}); err != nil || len(m.Data) != 1 || m.Data["size"] != "large" {
		t.Errorf("after the way back: %v, %v", m.Data, err)
	}
}

func testApplyDiff(t *testing.T, c *cluster.Cluster) {
	client, _ := applySpace(t, c, "diff")
	r := client.TryFeed(t, settings, "diff", "-f", "-", "--server-side")
	if r.Code != 1 || !strings.Contains(r.Stdout, "+  colour: red") {
		t.Errorf("the difference to nothing: code %d, %s%s", r.Code, r.Stdout, r.Stderr)
	}
	client.Apply(t, settings, "--server-side")
	if r := client.TryFeed(t, settings, "diff", "-f", "-", "--server-side"); r.Code != 0 || r.Stdout != "" {
		t.Errorf("no difference: code %d, %s%s", r.Code, r.Stdout, r.Stderr)
	}
	blue := strings.Replace(settings, "red", "blue", 1)
	r = client.TryFeed(t, blue, "diff", "-f", "-", "--server-side")
	if r.Code != 1 || !strings.Contains(r.Stdout, "-  colour: red\n+  colour: blue") {
		t.Errorf("a difference: code %d, %s%s", r.Code, r.Stdout, r.Stderr)
	}
	r = client.TryFeed(t, blue, "diff", "-f", "-", "--server-side", "--field-manager=painter")
	if r.Code < 2 || !strings.Contains(r.Stderr, `conflict with "kubectl": .data.colour`) {
		t.Errorf("a conflict: code %d, %s%s", r.Code, r.Stdout, r.Stderr)
	}
	if r = client.TryFeed(t, blue, "diff", "-f", "-", "--server-side", "--field-manager=painter", "--force-conflicts"); r.Code != 1 {
		t.Errorf("with force: code %d, %s%s", r.Code, r.Stdout, r.Stderr)
	}
}
