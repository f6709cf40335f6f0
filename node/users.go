package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/node/podconfig"
)

// idsFile is where a pod's directory tells the first host id of the pod's user namespace.
const idsFile = "first-id"

// idRange is what user namespaces of pods may use of the host's ids.
type idRange struct{ first, count uint64 }

// hostIDs are what /etc/subuid and /etc/subgid give to the user kubelet, or, where they say nothing of it, as many ids as pods need
// beyond the host's own.
func hostIDs(subuid, subgid string, maxPods int) (idRange, error) {
	uids, gids := subordinate(subuid), subordinate(subgid)
	switch {
	case uids == nil && gids == nil:
		return idRange{podconfig.IDs, podconfig.IDs * uint64(maxPods)}, nil
	case uids == nil || gids == nil || *uids != *gids:
		return idRange{}, errors.New("/etc/subuid and /etc/subgid give different ids to the user kubelet")
	case uids.first < podconfig.IDs || uids.first%podconfig.IDs != 0 || uids.count < podconfig.IDs:
		return idRange{}, fmt.Errorf("/etc/subuid gives the user kubelet the ids %d to %d: they must begin at a multiple of %d, not at 0, and be as many at least", uids.first, uids.first+uids.count-1, podconfig.IDs)
	}
	return *uids, nil
}

// subordinate finds the user kubelet's first range in a file of lines NAME:FIRST:COUNT.
func subordinate(text string) *idRange {
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) != 3 || f[0] != "kubelet" {
			continue
		}
		first, err1 := strconv.ParseUint(f[1], 10, 32)
		count, err2 := strconv.ParseUint(f[2], 10, 32)
		if err1 == nil && err2 == nil {
			return &idRange{first, count}
		}
	}
	return nil
}

// free is the first block of the range that nobody has.
func (r idRange) free(taken map[uint64]bool) (uint32, bool) {
	for at := r.first; at+podconfig.IDs <= min(r.first+r.count, 1<<32-1); at += podconfig.IDs {
		if !taken[at] {
			return uint32(at), true
		}
	}
	return 0, false
}

// firstID is what is kept of a pod's ids; 0 for a pod that has none.
func (a *Agent) firstID(uid types.UID) uint32 {
	text, err := os.ReadFile(filepath.Join(a.podDir(uid), idsFile))
	if err != nil {
		return 0
	}
	first, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 32)
	if err != nil {
		return 0
	}
	return uint32(first)
}

// takeIDs gives a pod ids of its own, which it keeps until its directory goes.
func (a *Agent) takeIDs(pod *corev1.Pod) error {
	a.granting.Lock()
	defer a.granting.Unlock()
	if a.firstID(pod.UID) != 0 {
		return nil
	}
	all, err := hostIDs(etc("subuid"), etc("subgid"), a.MaxPods)
	if err != nil {
		return err
	}
	dirs, err := os.ReadDir(filepath.Dir(a.podDir(pod.UID)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("looking for the ids that pods have: %w", err)
	}
	taken := map[uint64]bool{}
	for _, d := range dirs {
		taken[uint64(a.firstID(types.UID(d.Name())))] = true
	}
	first, ok := all.free(taken)
	if !ok {
		return fmt.Errorf("all of the %d ids for user namespaces are taken by pods", all.count)
	}
	path := filepath.Join(a.podDir(pod.UID), idsFile)
	if err := os.WriteFile(path+".new", []byte(strconv.FormatUint(uint64(first), 10)), 0o600); err != nil {
		return fmt.Errorf("keeping the pod's ids: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("keeping the pod's ids: %w", err)
	}
	return nil
}

// etc reads a file that need not be there.
func etc(name string) string {
	text, err := os.ReadFile(filepath.Join("/etc", name))
	if err != nil {
		return ""
	}
	return string(text)
}

// prepareUsers makes ready for a pod's user namespace, and refuses one that the runtime would pass over.
func (w *worker) prepareUsers(ctx context.Context, pod *corev1.Pod) error {
	if !podconfig.OwnUsers(pod) {
		return nil
	}
	response, err := w.Runtime.Status(ctx, false)
	if err != nil {
		return fmt.Errorf("asking the runtime what it can do: %w", err)
	}
	for _, h := range response.GetRuntimeHandlers() {
		if h.GetName() == runtimeHandler(pod) && h.GetFeatures().GetUserNamespaces() {
			return w.takeIDs(pod)
		}
	}
	return fmt.Errorf("can't set `spec.hostUsers: false`, runtime does not support user namespaces for the handler %q", runtimeHandler(pod))
}

// config is the agent's, with what is the pod's own.
func (w *worker) config() podconfig.Node {
	n := w.Agent.config()
	if pod := w.pod(); podconfig.OwnUsers(pod) {
		n.FirstID = w.firstID(pod.UID)
	}
	return n
}
