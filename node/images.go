package node

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	corev1 "k8s.io/api/core/v1"
	cri "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/node/podplan"
)

// isNotFound recognizes the runtime's answer for what it does not have, from in process and from over a socket.
func isNotFound(err error) bool { return err != nil && status.Code(unwrapAll(err)) == codes.NotFound }

// unwrapAll finds the innermost error that carries a gRPC status.
func unwrapAll(err error) error {
	var s interface{ GRPCStatus() *status.Status }
	if errors.As(err, &s) {
		if e, ok := s.(error); ok {
			return e
		}
	}
	return err
}

// Delays of pulls and restarts that fail, as upstream has them.
const (
	firstBackoff = 10 * time.Second
	lastBackoff  = 5 * time.Minute
	// firstWord is how long a pull's own error is told, before the pod is said to be waiting.
	firstWord = time.Second
)

// puller brings images onto the machine; what fails is held back with a growing delay.
type puller struct {
	images cri.ImageManagerService
	mu     sync.Mutex
	failed map[string]*failure
}

type failure struct {
	delay time.Duration
	until time.Time
	why   podplan.Waiting
}

func newPuller(images cri.ImageManagerService) *puller {
	return &puller{images: images, failed: map[string]*failure{}}
}

// image makes sure that a container's image is there, and returns its id. trouble tells why it is not, and when to try again.
func (p *puller) image(ctx context.Context, pod *corev1.Pod, c *corev1.Container, sandbox *runtimeapi.PodSandboxConfig, auths []*runtimeapi.AuthConfig, tell func(reason, message string)) (id string, trouble *podplan.Trouble) {
	spec := &runtimeapi.ImageSpec{Image: c.Image, UserSpecifiedImage: c.Image}
	present, err := p.present(ctx, spec)
	if err != nil {
		return "", &podplan.Trouble{Waiting: podplan.Waiting{Reason: "ImageInspectError", Message: fmt.Sprintf("Failed to inspect image %q: %v", c.Image, err)}, Until: time.Now().Add(firstBackoff)}
	}
	switch {
	case present != "" && c.ImagePullPolicy != corev1.PullAlways:
		tell("Pulled", fmt.Sprintf("Container image %q already present on machine", c.Image))
		return present, nil
	case present == "" && c.ImagePullPolicy == corev1.PullNever:
		return "", &podplan.Trouble{Waiting: podplan.Waiting{Reason: "ErrImageNeverPull", Message: fmt.Sprintf("Container image %q is not present with pull policy of Never", c.Image)}, Until: time.Now().Add(firstBackoff)}
	}
	key := string(pod.UID) + "/" + c.Image
	if f := p.held(key); f != nil {
		if f.why.Reason == invalidImageName {
			return "", &podplan.Trouble{Waiting: f.why, Until: f.until}
		}
		return "", &podplan.Trouble{Waiting: podplan.Waiting{Reason: "ImagePullBackOff", Message: fmt.Sprintf("Back-off pulling image %q: %s", c.Image, f.why.Message)}, Until: f.until}
	}
	tell("Pulling", fmt.Sprintf("Pulling image %q", c.Image))
	began := time.Now()
	id, err = p.pull(ctx, spec, auths, sandbox)
	if err == nil {
		p.forget(key)
		tell("Pulled", fmt.Sprintf("Successfully pulled image %q in %v", c.Image, time.Since(began).Round(time.Millisecond)))
		return id, nil
	}
	if ctx.Err() != nil {
		return "", &podplan.Trouble{Until: time.Now()}
	}
	return "", p.remember(key, c.Image, err)
}

func (p *puller) present(ctx context.Context, spec *runtimeapi.ImageSpec) (string, error) {
	response, err := p.images.ImageStatus(ctx, spec, false)
	if err != nil || response.GetImage() == nil {
		return "", err
	}
	return response.Image.Id, nil
}

// pull tries the credentials one after the other, and none at last.
func (p *puller) pull(ctx context.Context, spec *runtimeapi.ImageSpec, auths []*runtimeapi.AuthConfig, sandbox *runtimeapi.PodSandboxConfig) (id string, err error) {
	for _, auth := range append(auths, nil) {
		var ref string
		if ref, err = p.images.PullImage(ctx, spec, auth, sandbox); err == nil {
			return ref, nil
		}
		if ctx.Err() != nil {
			return "", err
		}
	}
	return "", err
}

func (p *puller) held(key string) *failure {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.failed[key]
	if f == nil || !time.Now().Before(f.until) {
		return nil
	}
	return f
}

func (p *puller) remember(key, image string, err error) *podplan.Trouble {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.failed[key]
	if f == nil {
		f = &failure{}
		p.failed[key] = f
	}
	f.delay = min(max(2*f.delay, firstBackoff), lastBackoff)
	f.until = time.Now().Add(f.delay)
	message := err.Error()
	if s, ok := status.FromError(unwrapAll(err)); ok && s.Message() != "" {
		message = s.Message()
	}
	f.why = podplan.Waiting{Reason: "ErrImagePull", Message: message}
	if strings.Contains(message, "invalid reference") {
		f.why.Reason = invalidImageName
	}
	return &podplan.Trouble{Waiting: f.why, Until: time.Now().Add(firstWord)}
}

const invalidImageName = "InvalidImageName"

// tellImage tells why an image is not there, in upstream's words and events.
func (w *worker) tellImage(ref corev1.ObjectReference, image string, why podplan.Waiting) {
	switch why.Reason {
	case "ErrImagePull":
		w.Events.Warning(ref, "Failed", "Failed to pull image %q: %s", image, why.Message)
	case "ImagePullBackOff":
		w.Events.Normal(ref, "BackOff", "%s", why.Message)
	case invalidImageName, "ImageInspectError":
		w.Events.Warning(ref, "InspectFailed", "%s", why.Message)
	default:
		w.Events.Warning(ref, why.Reason, "%s", why.Message)
	}
	w.Events.Warning(ref, "Failed", "Error: %s", why.Reason)
}

func (p *puller) forget(key string) {
	p.mu.Lock()
	delete(p.failed, key)
	p.mu.Unlock()
}

// forgetPod drops what is remembered of a pod.
func (p *puller) forgetPod(uid string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key := range p.failed {
		if strings.HasPrefix(key, uid+"/") {
			delete(p.failed, key)
		}
	}
}

// credentials reads the pod's pull secrets for an image's registry. Secrets that are missing or malformed are passed over, as upstream does:
// the pull itself then says what is wrong.
func (a *Agent) credentials(pod *corev1.Pod, image string) []*runtimeapi.AuthConfig {
	host := registryOf(image)
	var list []*runtimeapi.AuthConfig
	for _, ref := range pod.Spec.ImagePullSecrets {
		s, ok := a.Secret(pod.Namespace, ref.Name)
		if !ok {
			continue
		}
		list = append(list, auths(s, host)...)
	}
	return list
}

func registryOf(image string) string {
	host, _, found := strings.Cut(image, "/")
	if !found || !strings.ContainsAny(host, ".:") && host != "localhost" {
		return "docker.io"
	}
	return host
}

type dockerEntry struct{ Username, Password, Auth string }

// auths reads a docker configuration's entries for a host.
func auths(s *corev1.Secret, host string) []*runtimeapi.AuthConfig {
	entries := map[string]dockerEntry{}
	switch s.Type {
	case corev1.SecretTypeDockerConfigJson:
		var config struct{ Auths map[string]dockerEntry }
		if json.Unmarshal(s.Data[corev1.DockerConfigJsonKey], &config) == nil {
			entries = config.Auths
		}
	case corev1.SecretTypeDockercfg:
		_ = json.Unmarshal(s.Data[corev1.DockerConfigKey], &entries) // what is malformed has no entries
	}
	var list []*runtimeapi.AuthConfig
	for server, e := range entries {
		name := strings.TrimPrefix(strings.TrimPrefix(server, "https://"), "http://")
		name, _, _ = strings.Cut(name, "/")
		if name == "index.docker.io" || name == "registry-1.docker.io" {
			name = "docker.io"
		}
		if name != host {
			continue
		}
		auth := &runtimeapi.AuthConfig{Username: e.Username, Password: e.Password}
		if raw, err := base64.StdEncoding.DecodeString(e.Auth); err == nil && e.Username == "" {
			auth.Username, auth.Password, _ = strings.Cut(string(raw), ":")
		}
		list = append(list, auth)
	}
	return list
}
