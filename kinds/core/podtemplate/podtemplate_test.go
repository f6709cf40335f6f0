package podtemplate

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func TestPullPolicy(t *testing.T) {
	const digest = "@sha256:0123456789012345678901234567890123456789012345678901234567890123"
	for image, want := range map[string]corev1.PullPolicy{
		"web":                           corev1.PullAlways,
		"web:latest":                    corev1.PullAlways,
		"web:1":                         corev1.PullIfNotPresent,
		"example.com:5000/web":          corev1.PullAlways,
		"example.com:5000/a/web:1":      corev1.PullIfNotPresent,
		"web" + digest:                  corev1.PullIfNotPresent,
		"web:latest" + digest:           corev1.PullAlways,
		"Not An Image":                  corev1.PullIfNotPresent,
		"":                              corev1.PullIfNotPresent,
		"localhost/argosy/demo:latest":  corev1.PullAlways,
		"localhost:5000/argosy/demo:v1": corev1.PullIfNotPresent,
	} {
		if got := pullPolicy(image); got != want {
			t.Errorf("%s: %s, want %s", image, got, want)
		}
	}
}

func TestDropDisabled(t *testing.T) {
	spec := &corev1.PodSpec{
		SchedulingGroup: &corev1.PodSchedulingGroup{},
		Containers: []corev1.Container{
			{Lifecycle: &corev1.Lifecycle{StopSignal: new(corev1.SIGUSR1)}},
			{Lifecycle: &corev1.Lifecycle{StopSignal: new(corev1.SIGUSR1), PreStop: &corev1.LifecycleHandler{}}},
			{Lifecycle: &corev1.Lifecycle{}},
		},
	}
	DropDisabled(spec)
	if spec.SchedulingGroup != nil || spec.Containers[0].Lifecycle != nil || spec.Containers[1].Lifecycle.StopSignal != nil {
		t.Error("a disabled field was kept")
	}
	if spec.Containers[1].Lifecycle.PreStop == nil || spec.Containers[2].Lifecycle == nil {
		t.Error("more was dropped than the disabled fields")
	}
}

func TestWarnings(t *testing.T) {
	old := &corev1.PodTemplateSpec{}
	fresh := &corev1.PodTemplateSpec{Spec: corev1.PodSpec{
		TerminationGracePeriodSeconds: new(int64(-1)),
		NodeSelector:                  map[string]string{"beta.kubernetes.io/os": "linux"},
		TopologySpreadConstraints:     []corev1.TopologySpreadConstraint{{TopologyKey: "zone"}},
		ImagePullSecrets:              []corev1.LocalObjectReference{{Name: "a"}, {Name: "a"}, {}},
		Volumes:                       []corev1.Volume{{VolumeSource: corev1.VolumeSource{GitRepo: &corev1.GitRepoVolumeSource{}}}},
		HostAliases:                   []corev1.HostAlias{{IP: "192.0.2.1"}, {IP: "192.0.2.1"}},
		Containers: []corev1.Container{{
			Env:       []corev1.EnvVar{{Name: "A"}, {Name: "A", Value: "$(A)x"}, {Name: "A", Value: "y"}},
			Ports:     []corev1.ContainerPort{{ContainerPort: 80}, {ContainerPort: 80}, {ContainerPort: 81, HostIP: "192.0.2.1"}},
			Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("1500m")}},
		}},
	}}
	got := Warnings(fresh, old)
	for _, want := range []string{
		`spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead`,
		`spec.template.spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod`,
		`spec.template.spec.imagePullSecrets[1].name: duplicate name "a"`,
		`spec.template.spec.imagePullSecrets[2].name: invalid empty name ""`,
		`spec.template.spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+`,
		`spec.template.spec.containers[0].resources.limits[memory]: fractional byte value "1500m" is invalid, must be an integer`,
		`spec.template.spec.containers[0].env[2]: hides previous definition of "A", which may be dropped when using apply`,
		`spec.template.spec.containers[0].ports[1]: duplicate port definition with spec.template.spec.containers[0].ports[0]`,
		`spec.template.spec.containers[0].ports[2]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:81 Protocol: HostIP:192.0.2.1}`,
		`spec.template.spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
		`spec.template.spec.hostAliases[1]: duplicate ip with spec.template.spec.hostAliases[0]`,
	} {
		if !slices.Contains(got, want) {
			t.Errorf("missing: %s", want)
		}
	}
	if len(got) != 11 {
		t.Errorf("got %d warnings:\n%s", len(got), strings.Join(got, "\n"))
	}
	if again := Warnings(fresh, fresh); len(again) != 0 {
		t.Errorf("what was there before is told again: %v", again)
	}
}

// The time grows with the size of the input, not faster: some ten thousand of everything takes well below a second.
func TestLargeInput(t *testing.T) {
	spec := &corev1.PodSpec{}
	for i := range 10_000 {
		name := "n" + strings.Repeat("x", i%50)
		spec.Containers = append(spec.Containers, corev1.Container{
			Name: name, Image: "x", Ports: []corev1.ContainerPort{{ContainerPort: 80, HostPort: 80}}, VolumeMounts: []corev1.VolumeMount{{Name: name}},
		})
		spec.Volumes = append(spec.Volumes, corev1.Volume{Name: name})
		spec.Tolerations = append(spec.Tolerations, corev1.Toleration{Key: name})
		spec.TopologySpreadConstraints = append(spec.TopologySpreadConstraints, corev1.TopologySpreadConstraint{TopologyKey: "zone"})
		spec.SchedulingGates = append(spec.SchedulingGates, corev1.PodSchedulingGate{Name: name})
	}
	DefaultSpec(spec)
	if errs := ValidatePodSpec(nil, spec, nil, field.NewPath("spec")); len(errs) == 0 {
		t.Error("nothing is wrong with ten thousand equal names")
	}
}
