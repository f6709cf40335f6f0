package e2e

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"argosy.dev/test/e2e/cluster"
)

// worldRegistry is a registry that TestCluster's registries.yaml says to speak plain HTTP with.
const worldRegistry = cluster.WorldIP + ":5000"

const registriesFile = "registries:\n  " + worldRegistry + ":\n    plainHTTP: true\n"

// Images from registries: pulled once there is one, told what is wrong before.
func testPulling(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	const local = "127.0.0.1:5000"
	image := toolFromArchive(t, c)
	near, far := newRegistry(t, c.Host, local), newRegistry(t, c.World, worldRegistry)
	run := func(pod, image, rest string) {
		t.Helper()
		client.Apply(t, fmt.Sprintf(`
apiVersion: v1
kind: Pod
metadata: {name: %s}
spec:
  terminationGracePeriodSeconds: 1
  %s
  containers: [{name: main, image: %q, args: [-c, sleep infinity]}]
`, pod, rest, image))
	}
	message := func(pod string, reasons ...string) string {
		t.Helper()
		p := cluster.AwaitPod(t, client, pod, waitingFor(reasons...))
		return p.Status.ContainerStatuses[0].State.Waiting.Message
	}

	// From the loopback interface, and from where the registries file tells to use plain HTTP.
	near.push(t, "team/tool:v2", image)
	far.push(t, "deep/er/tool:v2", image)
	run("near", local+"/team/tool:v2", "")
	run("far", worldRegistry+"/deep/er/tool:v2", "")
	for _, pod := range []string{"near", "far"} {
		p := cluster.AwaitPod(t, client, pod, cluster.Running)
		if id := p.Status.ContainerStatuses[0].ImageID; !strings.Contains(id, "@sha256:") {
			t.Errorf("pod %s has the image ID %q", pod, id)
		}
		contains(t, "events", client.Kubectl(t, "events", "--for", "pod/"+pod), "Pulling image", "Successfully pulled image")
	}

	// What is not there: an error, then longer and longer waits; it starts by itself once the image is there.
	run("unknown", local+"/team/unknown:v1", "")
	contains(t, "an unknown image", message("unknown", "ErrImagePull"), local+"/team/unknown:v1", "404 Not Found")
	contains(t, "waiting for it", message("unknown", "ImagePullBackOff"), "Back-off pulling image", local+"/team/unknown:v1")
	contains(t, "events", client.Kubectl(t, "events", "--for", "pod/unknown"), "Failed", "ErrImagePull", "BackOff")
	near.push(t, "team/unknown:v1", image)

	near.push(t, "team/foreign:v1", foreign(t, image))
	run("foreign", local+"/team/foreign:v1", "")
	contains(t, "an image of another architecture", message("foreign", "ErrImagePull", "ImagePullBackOff"), "s390x")
	run("nobody", "127.0.0.1:9/none:v1", "")
	contains(t, "a registry that is not there", message("nobody", "ErrImagePull", "ImagePullBackOff"), "127.0.0.1:9", "refused")
	run("misspelt", "Not//A:Name", "")
	contains(t, "no name for an image", message("misspelt", "InvalidImageName"), "Not//A:Name")
	client.Apply(t, `
apiVersion: v1
kind: Pod
metadata: {name: never}
spec: {containers: [{name: main, image: "absent:v1", imagePullPolicy: Never}]}
`)
	contains(t, "an image that must not be pulled", message("never", "ErrImageNeverPull"), "absent:v1")

	// A registry that wants to know who asks.
	far.password.Store("user:hush", true)
	run("stranger", worldRegistry+"/deep/er/tool:v2", "")
	cluster.AwaitPod(t, client, "stranger", cluster.Running) // its image is on the node already
	far.push(t, "private/tool:v3", image)
	run("refused", worldRegistry+"/private/tool:v3", "")
	contains(t, "without credentials", message("refused", "ErrImagePull", "ImagePullBackOff"), "refused access", "401 Unauthorized")
	client.Kubectl(t, "create", "secret", "docker-registry", "pass", "--docker-server="+worldRegistry, "--docker-username=user", "--docker-password=hush")
	run("welcome", worldRegistry+"/private/tool:v3", "imagePullSecrets: [{name: pass}]")
	cluster.AwaitPod(t, client, "welcome", cluster.Running)

	cluster.AwaitFor(t, 60*time.Second, client, "pods", "unknown", cluster.Running)
}

// toolFromArchive is the tool's image as "argosy image export" gives it.
func toolFromArchive(t *testing.T, c *cluster.Cluster) v1.Image {
	t.Helper()
	archive := filepath.Join(t.TempDir(), "tool.tar")
	cluster.Run(t, "image", "export", "-o", archive, toolImage, "--data-dir", c.DataDir).OK(t)
	image, err := tarball.ImageFromPath(archive, nil)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// foreign is an index that has the image for another architecture only.
func foreign(t *testing.T, image v1.Image) v1.ImageIndex {
	t.Helper()
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config = config.DeepCopy()
	config.Architecture = "s390x"
	if image, err = mutate.ConfigFile(image, config); err != nil {
		t.Fatal(err)
	}
	return mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: image,
		Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "s390x"}}})
}

// testRegistry is a registry in memory.
type testRegistry struct {
	network  *cluster.Network
	address  string
	password sync.Map // USER:PASSWORD that may pull; everybody if there is none
}

func newRegistry(t *testing.T, n *cluster.Network, address string) *testRegistry {
	t.Helper()
	r := &testRegistry{network: n, address: address}
	store := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if !r.mayPass(req) {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		store.ServeHTTP(w, req)
	})}
	l := n.Listen(t, "tcp", address)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return r
}

func (r *testRegistry) mayPass(req *http.Request) bool {
	open := true
	r.password.Range(func(any, any) bool { open = false; return false })
	user, password, _ := req.BasicAuth()
	_, known := r.password.Load(user + ":" + password)
	return open || known || req.Header.Get("X-Test") != ""
}

// push puts an image or an index into the registry.
func (r *testRegistry) push(t *testing.T, path string, what remote.Taggable) {
	t.Helper()
	ref, err := name.ParseReference(r.address+"/"+path, name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	transport := remote.WithTransport(owner{&http.Transport{DialContext: r.network.Dial}})
	switch what := what.(type) {
	case v1.ImageIndex:
		err = remote.WriteIndex(ref, what, transport)
	case v1.Image:
		err = remote.Write(ref, what, transport)
	}
	if err != nil {
		t.Fatalf("pushing %s: %v", ref, err)
	}
}

// owner says with every request that it is the test's.
type owner struct{ http.RoundTripper }

func (o owner) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("X-Test", "yes")
	return o.RoundTripper.RoundTrip(req)
}

// Images come and go beside a running node; what a container is made of stays.
func testImagesOfANode(t *testing.T, c *cluster.Cluster) {
	client := c.Space(t)
	image := func(args ...string) cluster.Result {
		t.Helper()
		return cluster.Run(t, append(append([]string{"image"}, args...), "--data-dir", c.DataDir)...)
	}
	dir, err := toolFiles()
	if err != nil {
		t.Fatal(err)
	}
	image("build", "-t", "late:v1", "--add", dir+":/", "--env", "PATH=/bin", "--entrypoint", `["/bin/sh", "-c"]`, "--cmd", `["echo by default; sleep infinity"]`, "--workdir", "/bin").OK(t)
	client.Kubectl(t, "run", "late", "--image=late:v1")
	cluster.AwaitPod(t, client, "late", cluster.Running)
	client.Start(t, "logs", "-f", "late").Line(t, "by default")
	contains(t, "image list", image("list").OK(t), "late", "v1")
	image("rm", "late:v1").Fails(t, 1, "late:v1", "in use")
	client.Kubectl(t, "delete", "pod", "late", "--grace-period=1")
	cluster.Eventually(t, awaitTimeout, "the image can be removed", func() error {
		if r := image("rm", "late:v1"); r.Code != 0 {
			return fmt.Errorf("%s", r.Stderr)
		}
		return nil
	})
	client.Kubectl(t, "run", "late", "--image=late:v1", "--image-pull-policy=Never")
	cluster.AwaitPod(t, client, "late", waitingFor("ErrImageNeverPull"))
}
