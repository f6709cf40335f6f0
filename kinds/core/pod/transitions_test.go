package pod

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func TestWhatMayComeToLifeAgain(t *testing.T) {
	never := corev1.ContainerRestartPolicyNever
	always := corev1.ContainerRestartPolicyAlways
	rule := func(action corev1.ContainerRestartRuleAction) []corev1.ContainerRestartRule {
		return []corev1.ContainerRestartRule{{Action: action}}
	}
	tests := []struct {
		name            string
		policy          corev1.RestartPolicy
		init, container corev1.Container
		code            int32
		want            []string
	}{
		{name: "never", policy: corev1.RestartPolicyNever, code: 1, want: []string{"status.containerStatuses[0].state", "status.initContainerStatuses[0].state"}},
		{name: "on failure, none failed", policy: corev1.RestartPolicyOnFailure, want: []string{"status.containerStatuses[0].state", "status.initContainerStatuses[0].state"}},
		{name: "on failure, both failed", policy: corev1.RestartPolicyOnFailure, code: 1},
		{name: "always", policy: corev1.RestartPolicyAlways},
		{name: "a sidecar", policy: corev1.RestartPolicyNever, init: corev1.Container{RestartPolicy: &always}, want: []string{"status.containerStatuses[0].state"}},
		{name: "a container's rules", policy: corev1.RestartPolicyNever, container: corev1.Container{RestartPolicy: &never, RestartPolicyRules: rule(corev1.ContainerRestartRuleActionRestart)},
			want: []string{"status.initContainerStatuses[0].state"}},
		{name: "an init container's rules", policy: corev1.RestartPolicyNever, init: corev1.Container{RestartPolicy: &never, RestartPolicyRules: rule(corev1.ContainerRestartRuleActionRestart)},
			want: []string{"status.containerStatuses[0].state"}},
		{name: "all by one's rule", policy: corev1.RestartPolicyNever, container: corev1.Container{RestartPolicy: &never, RestartPolicyRules: rule(corev1.ContainerRestartRuleActionRestartAllContainers)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.init.Name, tt.container.Name = "init", "main"
			status := func(init, main corev1.ContainerState) *corev1.Pod {
				return &corev1.Pod{
					Spec: corev1.PodSpec{RestartPolicy: tt.policy, InitContainers: []corev1.Container{tt.init}, Containers: []corev1.Container{tt.container}},
					Status: corev1.PodStatus{
						InitContainerStatuses: []corev1.ContainerStatus{{Name: "init", State: init}},
						ContainerStatuses:     []corev1.ContainerStatus{{Name: "main", State: main}},
					},
				}
			}
			over := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: tt.code}}
			waiting := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{}}
			errs := validateTransitions(status(waiting, waiting), status(over, over), field.NewPath("status"))
			var got []string
			for _, err := range errs {
				got = append(got, err.Field)
			}
			if len(got) != len(tt.want) {
				t.Fatalf("refused %q, want %q", got, tt.want)
			}
			for i := range got {
				if got[i] != tt.want[i] {
					t.Errorf("refused %q, want %q", got, tt.want)
				}
			}
		})
	}
}
