package serviceaccount

import (
	"context"
	"fmt"
	"math/rand/v2"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"argosy.dev/resource"
)

// Reader finds service accounts.
type Reader interface {
	ServiceAccount(namespace, name string) (*corev1.ServiceAccount, bool)
}

// Plugin is the rule.
type Plugin struct{ Reader Reader }

const (
	defaultName = "default"
	mountPath   = "/var/run/secrets/kubernetes.io/serviceaccount"
	// tokenSeconds is what upstream asks for: an hour, and a little to tell its tokens from others.
	tokenSeconds = int64(3607)
	rootCA       = "kube-root-ca.crt"
	volumePrefix = "kube-api-access-"
)

// Mutate completes a new pod. Mirror pods, which a node makes of its own files, have no account.
func (p Plugin) Mutate(_ context.Context, a *resource.Attempt) error {
	pod, ok := a.Object.(*corev1.Pod)
	if !ok || a.Operation != resource.Create || a.Subresource != "" {
		return nil
	}
	if _, mirror := pod.Annotations[corev1.MirrorPodAnnotationKey]; mirror {
		return refuseMirror(a, pod)
	}
	if pod.Spec.ServiceAccountName == "" {
		pod.Spec.ServiceAccountName = defaultName
	}
	pod.Spec.DeprecatedServiceAccount = pod.Spec.ServiceAccountName
	account, ok := p.Reader.ServiceAccount(a.Namespace, pod.Spec.ServiceAccountName)
	if !ok {
		return a.Forbid(fmt.Errorf("error looking up service account %s/%s: serviceaccount %q not found",
			a.Namespace, pod.Spec.ServiceAccountName, pod.Spec.ServiceAccountName))
	}
	if automount(account, pod) {
		addToken(pod)
	}
	if len(pod.Spec.ImagePullSecrets) == 0 {
		pod.Spec.ImagePullSecrets = append(pod.Spec.ImagePullSecrets, account.ImagePullSecrets...)
	}
	return nil
}

// refuseMirror keeps mirror pods from what would need an account.
func refuseMirror(a *resource.Attempt, pod *corev1.Pod) error {
	if pod.Spec.ServiceAccountName == "" {
		return nil
	}
	return a.Forbid(fmt.Errorf("a mirror pod may not reference service accounts"))
}

func automount(account *corev1.ServiceAccount, pod *corev1.Pod) bool {
	if pod.Spec.AutomountServiceAccountToken != nil {
		return *pod.Spec.AutomountServiceAccountToken
	}
	return account.AutomountServiceAccountToken == nil || *account.AutomountServiceAccountToken
}

// addToken mounts the token volume into every container that has nothing of its own at the place.
func addToken(pod *corev1.Pod) {
	name := ""
	mount := func(containers []corev1.Container) {
		for i := range containers {
			c := &containers[i]
			if mounted(c) {
				continue
			}
			if name == "" {
				name = tokenVolume(pod)
			}
			c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: name, ReadOnly: true, MountPath: mountPath})
		}
	}
	mount(pod.Spec.InitContainers)
	mount(pod.Spec.Containers)
}

func mounted(c *corev1.Container) bool {
	for _, m := range c.VolumeMounts {
		if m.MountPath == mountPath {
			return true
		}
	}
	return false
}

// tokenVolume adds the volume and returns its name, which must not be one that the pod has.
func tokenVolume(pod *corev1.Pod) string {
	taken := map[string]bool{}
	for _, v := range pod.Spec.Volumes {
		taken[v.Name] = true
	}
	name := volumePrefix + suffix()
	for taken[name] {
		name = volumePrefix + suffix()
	}
	pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
		DefaultMode: ptr.To(corev1.ProjectedVolumeSourceDefaultMode),
		Sources: []corev1.VolumeProjection{
			{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{ExpirationSeconds: ptr.To(tokenSeconds), Path: corev1.ServiceAccountTokenKey}},
			{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: corev1.LocalObjectReference{Name: rootCA},
				Items: []corev1.KeyToPath{{Key: corev1.ServiceAccountRootCAKey, Path: corev1.ServiceAccountRootCAKey}}}},
			{DownwardAPI: &corev1.DownwardAPIProjection{Items: []corev1.DownwardAPIVolumeFile{
				{Path: corev1.ServiceAccountNamespaceKey, FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: "metadata.namespace"}}}}},
		},
	}}})
	return name
}

func suffix() string {
	const letters = "bcdfghjklmnpqrstvwxz2456789"
	b := make([]byte, 5)
	for i := range b {
		b[i] = letters[rand.IntN(len(letters))]
	}
	return string(b)
}
