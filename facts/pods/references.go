package pods

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/component-helpers/storage/ephemeral"
)

// References are the names of what a pod needs of its namespace. One may be there more than once.
type References struct {
	Secrets, ConfigMaps, Claims, ResourceClaims []string
	// Token tells that a volume holds tokens of the pod's service account.
	Token bool
}

// ReferencesOf finds what a pod refers to.
func ReferencesOf(pod *corev1.Pod) References {
	var r References
	for i := range pod.Spec.ImagePullSecrets {
		r.secret(pod.Spec.ImagePullSecrets[i].Name)
	}
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			r.environment(list[i].Env, list[i].EnvFrom)
		}
	}
	for i := range pod.Spec.EphemeralContainers {
		r.environment(pod.Spec.EphemeralContainers[i].Env, pod.Spec.EphemeralContainers[i].EnvFrom)
	}
	for i := range pod.Spec.Volumes {
		r.volume(pod, &pod.Spec.Volumes[i])
	}
	for i := range pod.Spec.ResourceClaims {
		if name := pod.Spec.ResourceClaims[i].ResourceClaimName; name != nil {
			r.ResourceClaims = append(r.ResourceClaims, *name)
		}
	}
	for i := range pod.Status.ResourceClaimStatuses {
		if name := pod.Status.ResourceClaimStatuses[i].ResourceClaimName; name != nil {
			r.ResourceClaims = append(r.ResourceClaims, *name)
		}
	}
	if s := pod.Status.ExtendedResourceClaimStatus; s != nil {
		r.ResourceClaims = append(r.ResourceClaims, s.ResourceClaimName)
	}
	return r
}

func (r *References) secret(name string) {
	if name != "" {
		r.Secrets = append(r.Secrets, name)
	}
}

func (r *References) localSecret(ref *corev1.LocalObjectReference) {
	if ref != nil {
		r.secret(ref.Name)
	}
}

func (r *References) configMap(name string) {
	if name != "" {
		r.ConfigMaps = append(r.ConfigMaps, name)
	}
}

func (r *References) environment(env []corev1.EnvVar, from []corev1.EnvFromSource) {
	for i := range env {
		if v := env[i].ValueFrom; v != nil {
			if v.SecretKeyRef != nil {
				r.secret(v.SecretKeyRef.Name)
			}
			if v.ConfigMapKeyRef != nil {
				r.configMap(v.ConfigMapKeyRef.Name)
			}
		}
	}
	for i := range from {
		if from[i].SecretRef != nil {
			r.secret(from[i].SecretRef.Name)
		}
		if from[i].ConfigMapRef != nil {
			r.configMap(from[i].ConfigMapRef.Name)
		}
	}
}

func (r *References) volume(pod *corev1.Pod, v *corev1.Volume) {
	switch {
	case v.Secret != nil:
		r.secret(v.Secret.SecretName)
	case v.ConfigMap != nil:
		r.configMap(v.ConfigMap.Name)
	case v.PersistentVolumeClaim != nil:
		r.Claims = append(r.Claims, v.PersistentVolumeClaim.ClaimName)
	case v.Ephemeral != nil:
		r.Claims = append(r.Claims, ephemeral.VolumeClaimName(pod, v))
	case v.Projected != nil:
		for i := range v.Projected.Sources {
			r.projection(&v.Projected.Sources[i])
		}
	case v.CSI != nil:
		r.localSecret(v.CSI.NodePublishSecretRef)
	case v.FlexVolume != nil:
		r.localSecret(v.FlexVolume.SecretRef)
	case v.AzureFile != nil:
		r.secret(v.AzureFile.SecretName)
	case v.CephFS != nil:
		r.localSecret(v.CephFS.SecretRef)
	case v.Cinder != nil:
		r.localSecret(v.Cinder.SecretRef)
	case v.RBD != nil:
		r.localSecret(v.RBD.SecretRef)
	case v.ScaleIO != nil:
		r.localSecret(v.ScaleIO.SecretRef)
	case v.ISCSI != nil:
		r.localSecret(v.ISCSI.SecretRef)
	case v.StorageOS != nil:
		r.localSecret(v.StorageOS.SecretRef)
	}
}

func (r *References) projection(s *corev1.VolumeProjection) {
	if s.Secret != nil {
		r.secret(s.Secret.Name)
	}
	if s.ConfigMap != nil {
		r.configMap(s.ConfigMap.Name)
	}
	r.Token = r.Token || s.ServiceAccountToken != nil
}
