package persistentvolume

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/controllers/loop"
)

// A volume to be recycled is scrubbed by a pod of this name and label, in the namespace default, with this image.
const (
	scrubberPrefix = "recycler-for-"
	scrubberLabel  = "argosy.dev/recycled-volume"
	scrubberImage  = "registry.k8s.io/build-image/debian-base:bookworm-v1.0.4"
)

// How long scrubbing may take: some seconds, and more for each GiB.
const scrubSeconds, scrubSecondsEach = 60, 30

// ofScrubber is the volume that a pod scrubs.
func ofScrubber(p *corev1.Pod) []loop.Key {
	if name := p.Labels[scrubberLabel]; name != "" {
		return []loop.Key{{Name: name}}
	}
	return nil
}

func scrubber(v *corev1.PersistentVolume) *corev1.Pod {
	size := v.Spec.Capacity[corev1.ResourceStorage]
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: scrubberPrefix + v.Name, Namespace: metav1.NamespaceDefault, Labels: map[string]string{scrubberLabel: v.Name}},
		Spec: corev1.PodSpec{
			RestartPolicy: corev1.RestartPolicyNever, ActiveDeadlineSeconds: new(scrubSeconds + scrubSecondsEach*(size.Value()>>30)),
			Volumes: []corev1.Volume{{Name: "vol", VolumeSource: corev1.VolumeSource{HostPath: v.Spec.HostPath, NFS: v.Spec.NFS}}},
			Containers: []corev1.Container{{
				Name: "pv-recycler", Image: scrubberImage, Command: []string{"/bin/sh"},
				Args:         []string{"-c", `test -e /scrub && find /scrub -mindepth 1 -delete && test -z "$(ls -A /scrub)" || exit 1`},
				VolumeMounts: []corev1.VolumeMount{{Name: "vol", MountPath: "/scrub"}},
			}},
		},
	}
}

// recycle takes the scrubbing one step further. The volume is free again when its pod has done its work.
func (r *controller) recycle(ctx context.Context, v *corev1.PersistentVolume) error {
	name := scrubberPrefix + v.Name
	pod, ok := r.pods.Get(metav1.NamespaceDefault, name)
	if !ok {
		r.tell(v, normal("RecyclerPod", "Recycler pod: %s is being created", name))
		_, err := r.pods.Create(ctx, scrubber(v))
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("making the pod that scrubs volume %s: %w", v.Name, err)
		}
		return nil
	}
	if pod.Labels[scrubberLabel] != v.Name {
		return r.phase(ctx, v, corev1.VolumeFailed, fmt.Sprintf("pod %s/%s is in the way of recycling", pod.Namespace, name))
	}
	switch pod.Status.Phase {
	case corev1.PodSucceeded:
		if err := r.free(ctx, v); err != nil {
			return err
		}
		r.tell(v, normal("VolumeRecycled", "Volume recycled"))
	case corev1.PodFailed:
		why := "Recycle failed: the recycler pod failed: " + pod.Status.Message
		r.tell(v, warning("VolumeFailedRecycle", "%s", why))
		if err := r.phase(ctx, v, corev1.VolumeFailed, why); err != nil {
			return err
		}
	default:
		return nil
	}
	err := r.pods.Delete(ctx, pod.Namespace, name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &pod.UID}})
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return fmt.Errorf("deleting the pod that scrubbed volume %s: %w", v.Name, err)
	}
	return nil
}

// free makes a scrubbed volume available.
func (r *controller) free(ctx context.Context, v *corev1.PersistentVolume) error {
	next := v.DeepCopy()
	next.Spec.ClaimRef = nil
	delete(next.Annotations, "pv.kubernetes.io/bound-by-controller")
	v, err := r.volumes.Update(ctx, next)
	if err != nil {
		return written("volume", next, err)
	}
	return r.phase(ctx, v, corev1.VolumeAvailable, "")
}
