package volume

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/component-helpers/storage/ephemeral"

	"argosy.dev/volume/hostpath"
	"argosy.dev/volume/mounts"
	"argosy.dev/volume/network"
	"argosy.dev/volume/ownership"
)

// Persistent are the volumes that outlive pods and are kept on this machine: a sized.Store, or a test's.
type Persistent interface {
	// Has tells whether the volume is one of them.
	Has(name string) bool
	// Use makes the volume ready for a pod and returns the directory, or device, where it is. first tells that the pod did not use it before.
	Use(ctx context.Context, name, user string, options []string) (path string, first bool, err error)
	// Release ends all that a pod uses.
	Release(user string) error
}

// claimOf names the claim of a volume; "" for a volume that has none.
func claimOf(pod *corev1.Pod, v *corev1.Volume) string {
	switch {
	case v.PersistentVolumeClaim != nil:
		return v.PersistentVolumeClaim.ClaimName
	case v.Ephemeral != nil:
		return ephemeral.VolumeClaimName(pod, v)
	}
	return ""
}

// bound finds the volume that a claim of the pod has.
func (s *Set) bound(pod *corev1.Pod, v *corev1.Volume) (*corev1.PersistentVolume, error) {
	name := claimOf(pod, v)
	claim, ok := s.Sources.Claim(pod.Namespace, name)
	if !ok {
		return nil, fmt.Errorf("error getting PVC %q from API: persistentvolumeclaim %q not found", pod.Namespace+"/"+name, name)
	}
	if v.Ephemeral != nil {
		if err := ephemeral.VolumeIsForPod(pod, claim); err != nil {
			return nil, err
		}
	}
	switch {
	case claim.DeletionTimestamp != nil && len(claim.Finalizers) == 0, claim.Status.Phase == corev1.ClaimLost:
		return nil, fmt.Errorf("PVC %q is being deleted or has lost its volume", pod.Namespace+"/"+name)
	case claim.Status.Phase != corev1.ClaimBound || claim.Spec.VolumeName == "":
		return nil, errors.New("PVC is not bound")
	}
	pv, ok := s.Sources.Volume(claim.Spec.VolumeName)
	if !ok {
		return nil, fmt.Errorf("persistentvolume %q not found", claim.Spec.VolumeName)
	}
	if ref := pv.Spec.ClaimRef; ref == nil || ref.UID != claim.UID {
		return nil, fmt.Errorf("the volume %q of PVC %q is bound to another claim", pv.Name, pod.Namespace+"/"+name)
	}
	return pv, nil
}

// persistent makes a claimed volume ready.
func (s *Set) persistent(ctx context.Context, pod *corev1.Pod, v *corev1.Volume, dir string) (Mount, error) {
	pv, err := s.bound(pod, v)
	if err != nil {
		return Mount{}, err
	}
	spec := &pv.Spec
	block := spec.VolumeMode != nil && *spec.VolumeMode == corev1.PersistentVolumeBlock
	m := Mount{ReadOnly: v.PersistentVolumeClaim != nil && v.PersistentVolumeClaim.ReadOnly}
	var path string
	first, shared := false, false // shared with others than pods: its files are not the pod's to give away
	switch {
	case s.Persistent != nil && s.Persistent.Has(pv.Name) && spec.Local != nil:
		path, first, err = s.Persistent.Use(ctx, pv.Name, string(pod.UID), spec.MountOptions)
	case spec.HostPath != nil:
		path, shared, err = spec.HostPath.Path, true, hostpath.Prepare(spec.HostPath)
	case spec.Local != nil:
		path, first, err = s.local(pod, pv, dir, block)
	case spec.NFS != nil && !block:
		path, shared, err = dir, true, s.Network.NFS(ctx, dir, spec.NFS.Server, spec.NFS.Path, spec.NFS.ReadOnly, spec.MountOptions)
	case spec.ISCSI != nil:
		err = network.ErrISCSI
	case spec.CSI != nil:
		err = fmt.Errorf("driver name %s not found in the list of registered CSI drivers", spec.CSI.Driver)
	default:
		err = fmt.Errorf("persistent volume %s is of a type that this node does not support", pv.Name)
	}
	if err != nil {
		return Mount{}, err
	}
	if block {
		m.Device = path
		return m, nil
	}
	m.Path = path
	if sc := pod.Spec.SecurityContext; sc != nil && sc.FSGroup != nil && first && !shared && !m.ReadOnly {
		if err := ownership.Give(path, int(*sc.FSGroup), sc.FSGroupChangePolicy); err != nil {
			return Mount{}, fmt.Errorf("applyFSGroup failed for vol %s: %w", pv.Name, err)
		}
	}
	return m, nil
}

// local is a directory or a device that somebody prepared on this machine.
func (s *Set) local(pod *corev1.Pod, pv *corev1.PersistentVolume, dir string, block bool) (path string, first bool, err error) {
	path = pv.Spec.Local.Path
	info, err := os.Stat(path)
	if err != nil {
		return "", false, fmt.Errorf("path %q does not exist: %w", path, err)
	}
	device := info.Mode()&os.ModeDevice != 0 && info.Mode()&os.ModeCharDevice == 0
	switch {
	case block && !device:
		return "", false, fmt.Errorf("%s is no block device", path)
	case !block && device:
		format := "ext4"
		if f := pv.Spec.Local.FSType; f != nil && *f != "" {
			format = *f
		}
		path, err = dir, mounts.Device(path, dir, format, pv.Spec.MountOptions)
	case !block && !info.IsDir():
		return "", false, fmt.Errorf("%s is neither a directory nor a block device", path)
	}
	return path, s.begins(pod, pv.Name), err
}

// begins notes that a pod uses a volume; true when it did not before.
func (s *Set) begins(pod *corev1.Pod, name string) bool {
	marker := filepath.Join(s.podDir(pod.UID), "uses", name)
	if _, err := os.Lstat(marker); err == nil {
		return false
	}
	// Where it cannot be noted, the files are looked at once more than they need be.
	if os.MkdirAll(filepath.Dir(marker), 0o700) == nil {
		_ = os.WriteFile(marker, nil, 0o600)
	}
	return true
}
