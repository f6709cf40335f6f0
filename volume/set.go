package volume

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/volume/atomicdir"
	"argosy.dev/volume/emptydir"
	"argosy.dev/volume/hostpath"
	"argosy.dev/volume/mounts"
	"argosy.dev/volume/network"
	"argosy.dev/volume/payload"
)

// Sources are the objects that volumes show.
type Sources interface {
	ConfigMap(namespace, name string) (*corev1.ConfigMap, bool)
	Secret(namespace, name string) (*corev1.Secret, bool)
	Claim(namespace, name string) (*corev1.PersistentVolumeClaim, bool)
	Volume(name string) (*corev1.PersistentVolume, bool)
	// Token issues a token for the pod's service account.
	Token(ctx context.Context, pod *corev1.Pod, audience string, seconds int64) (Token, error)
}

// Token is a service account's token and when it ends.
type Token struct {
	Value   string
	Expires time.Time
}

// Mount is a volume on the host.
type Mount struct {
	// Path is a directory, or a file where the volume is one.
	Path string
	// Device is set instead where the volume is a block device.
	Device string
	// ReadOnly volumes are mounted so, whatever the mount says.
	ReadOnly bool
}

// Set makes the volumes of a node's pods. It is safe for concurrent use for different pods.
type Set struct {
	// Dir holds a directory for each pod, by uid.
	Dir         string
	Sources     Sources
	Allocatable func() corev1.ResourceList
	// Persistent are those that are kept on this machine; nil for none.
	Persistent Persistent
	Network    network.Mounter

	tokens tokens
}

func (s *Set) podDir(uid types.UID) string { return filepath.Join(s.Dir, string(uid)) }

// Prepare makes every volume of the pod, or brings it up to date, and returns them by name. What can be made is made also when
// something else cannot; the error names each volume that failed, and why.
func (s *Set) Prepare(ctx context.Context, pod *corev1.Pod) (map[string]Mount, error) {
	all := make(map[string]Mount, len(pod.Spec.Volumes))
	var faults []error
	for i := range pod.Spec.Volumes {
		v := &pod.Spec.Volumes[i]
		m, err := s.one(ctx, pod, v)
		if err != nil {
			faults = append(faults, fmt.Errorf("MountVolume.SetUp failed for volume %q : %w", v.Name, err))
			continue
		}
		all[v.Name] = m
	}
	return all, errors.Join(faults...)
}

func (s *Set) one(ctx context.Context, pod *corev1.Pod, v *corev1.Volume) (Mount, error) {
	dir := filepath.Join(s.podDir(pod.UID), "volumes", v.Name)
	gid := group(pod)
	switch {
	case v.EmptyDir != nil:
		return Mount{Path: dir}, emptydir.Prepare(dir, v.EmptyDir, pod, gid)
	case v.HostPath != nil:
		return Mount{Path: v.HostPath.Path}, hostpath.Prepare(v.HostPath)
	case v.ConfigMap != nil:
		files, err := s.configMap(pod, v.ConfigMap.Name, v.ConfigMap.Items, mode(v.ConfigMap.DefaultMode), v.ConfigMap.Optional)
		return s.files(dir, files, err, gid, false)
	case v.Secret != nil:
		files, err := s.secret(pod, v.Secret.SecretName, v.Secret.Items, mode(v.Secret.DefaultMode), v.Secret.Optional)
		return s.files(dir, files, err, gid, true)
	case v.DownwardAPI != nil:
		files, err := payload.Downward(pod, v.DownwardAPI.Items, mode(v.DownwardAPI.DefaultMode), s.Allocatable())
		return s.files(dir, files, err, gid, false)
	case v.Projected != nil:
		files, err := s.projected(ctx, pod, v)
		return s.files(dir, files, err, gid, true)
	}
	switch {
	case v.PersistentVolumeClaim != nil, v.Ephemeral != nil:
		return s.persistent(ctx, pod, v, dir)
	case v.NFS != nil:
		return Mount{Path: dir, ReadOnly: v.NFS.ReadOnly}, s.Network.NFS(ctx, dir, v.NFS.Server, v.NFS.Path, v.NFS.ReadOnly, nil)
	case v.ISCSI != nil:
		return Mount{}, network.ErrISCSI
	}
	return Mount{}, fmt.Errorf("volumes of type %s are not supported by this node yet", typeOf(v))
}

// files writes a volume of files; secret ones live in memory.
func (s *Set) files(dir string, files payload.Files, err error, gid int, secret bool) (Mount, error) {
	if err != nil {
		return Mount{}, err
	}
	if secret {
		if err := mounts.Tmpfs(dir, "mode=0755"); err != nil {
			return Mount{}, err
		}
	} else if err := os.MkdirAll(dir, 0o755); err != nil {
		return Mount{}, fmt.Errorf("making the volume's directory: %w", err)
	}
	_, err = atomicdir.Write(dir, files, gid)
	return Mount{Path: dir, ReadOnly: true}, err
}

func (s *Set) configMap(pod *corev1.Pod, name string, items []corev1.KeyToPath, mode int32, optional *bool) (payload.Files, error) {
	m, ok := s.Sources.ConfigMap(pod.Namespace, name)
	if !ok {
		m = nil
	}
	return payload.ConfigMap(m, name, items, mode, optional)
}

func (s *Set) secret(pod *corev1.Pod, name string, items []corev1.KeyToPath, mode int32, optional *bool) (payload.Files, error) {
	secret, ok := s.Sources.Secret(pod.Namespace, name)
	if !ok {
		secret = nil
	}
	return payload.Secret(secret, name, items, mode, optional)
}

func (s *Set) projected(ctx context.Context, pod *corev1.Pod, v *corev1.Volume) (payload.Files, error) {
	files := payload.Files{}
	m := mode(v.Projected.DefaultMode)
	for i := range v.Projected.Sources {
		src := &v.Projected.Sources[i]
		var more payload.Files
		var err error
		switch {
		case src.ConfigMap != nil:
			more, err = s.configMap(pod, src.ConfigMap.Name, src.ConfigMap.Items, m, src.ConfigMap.Optional)
		case src.Secret != nil:
			more, err = s.secret(pod, src.Secret.Name, src.Secret.Items, m, src.Secret.Optional)
		case src.DownwardAPI != nil:
			more, err = payload.Downward(pod, src.DownwardAPI.Items, m, s.Allocatable())
		case src.ServiceAccountToken != nil:
			more, err = s.tokenFile(ctx, pod, v.Name, src.ServiceAccountToken, m)
		case src.ClusterTrustBundle != nil:
			err = errors.New("a projection of cluster trust bundles is not supported by this node")
		case src.PodCertificate != nil:
			err = errors.New("a projection of pod certificates is not supported by this node")
		default:
			err = fmt.Errorf("source %d of the projection names nothing to show", i)
		}
		if err != nil {
			return nil, err
		}
		files.Add(more)
	}
	return files, nil
}

// Cleanup takes a pod's volumes away. It may be called again, and for a pod that has none.
func (s *Set) Cleanup(_ context.Context, uid types.UID) (err error) {
	if uid == "" || strings.ContainsAny(string(uid), "/.") {
		return fmt.Errorf("%q is no pod's uid", uid)
	}
	s.tokens.forget(uid)
	if s.Persistent != nil {
		defer func() { err = errors.Join(err, s.Persistent.Release(string(uid))) }() // when nothing of them is mounted elsewhere any more
	}
	dir := s.podDir(uid)
	if _, err := os.Lstat(dir); os.IsNotExist(err) {
		return nil
	}
	// First everything is unmounted: nothing of what a volume shows of elsewhere may be removed.
	if err := mounts.Clear(dir); err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("removing a pod's volumes: %w", err)
	}
	return nil
}

// SubPath gives a container a path below a volume instead of the whole. place is the container's name and the mount's number:
// the same at each start.
func (s *Set) SubPath(pod *corev1.Pod, m Mount, subPath, place string) (string, error) {
	return mounts.Below(m.Path, subPath, filepath.Join(s.podDir(pod.UID), "subpaths", place))
}

// group is who besides their user may read and write a pod's volumes; -1 for none.
func group(pod *corev1.Pod) int {
	if sc := pod.Spec.SecurityContext; sc != nil && sc.FSGroup != nil {
		return int(*sc.FSGroup)
	}
	return -1
}

func mode(m *int32) int32 {
	if m == nil {
		return 0o644
	}
	return *m
}

// typeOf names a volume's type as the API does.
func typeOf(v *corev1.Volume) string {
	switch {
	case v.CSI != nil:
		return "csi"
	case v.Image != nil:
		return "image"
	}
	return "this kind"
}
