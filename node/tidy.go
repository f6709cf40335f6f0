package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/node/measure"
	"argosy.dev/node/podconfig"
	"argosy.dev/node/unused"
)

// How often what is left of pods that are gone is looked for, and images that nobody uses, as upstream.
const (
	sweepEvery  = time.Minute
	imagesEvery = 5 * time.Minute
)

// tidy takes away what nobody needs any more, until ctx ends.
func (a *Agent) tidy(ctx context.Context) {
	sweep, images := time.NewTicker(sweepEvery), time.NewTicker(imagesEvery)
	defer sweep.Stop()
	defer images.Stop()
	a.tidyImages(ctx) // from now on it is known how old they are
	for {
		select {
		case <-ctx.Done():
			return
		case <-sweep.C:
			a.trySweep(ctx)
		case <-images.C:
			a.tidyImages(ctx)
		}
	}
}

func (a *Agent) trySweep(ctx context.Context) {
	if err := a.sweep(ctx); err != nil && ctx.Err() == nil {
		a.Log.Warn("leftovers of former pods could not be removed and stay", "error", err)
	}
}

// tidyImages removes images that have been unused for too long, and more of them where their disk is too full.
func (a *Agent) tidyImages(ctx context.Context) {
	dir := existing(a.imageDir(ctx))
	disk, err := measure.DiskOf(dir)
	if err != nil {
		a.Log.Warn("the disk of the images could not be measured", "error", err)
		return
	}
	excess := a.Unused.Excess(int64(disk.Available), int64(disk.Capacity))
	freed, err := a.removeImages(ctx, excess)
	if err != nil {
		if ctx.Err() == nil {
			a.Log.Warn("images that nobody uses could not be removed; it is tried again", "error", err)
		}
		return
	}
	if freed < excess {
		node := corev1.ObjectReference{APIVersion: "v1", Kind: "Node", Name: a.Name, UID: types.UID(a.Name)}
		a.Events.Warning(node, "FreeDiskSpaceFailed", "Failed to garbage collect required amount of images. Attempted to free %d bytes, but only found %d bytes eligible to free.", excess, freed)
	}
}

// everything is more than there is to free.
const everything = int64(1) << 62

// discardUnused removes everything that nobody uses: there is too little disk.
func (a *Agent) discardUnused(ctx context.Context) {
	a.trySweep(ctx)
	a.pruneAll(ctx)
	if _, err := a.removeImages(ctx, everything); err != nil && ctx.Err() == nil {
		a.Log.Warn("images that nobody uses could not be removed; it is tried again", "error", err)
	}
}

// pruneAll removes the ended runs of containers that have been followed by others, and those of pods that have come to their end.
func (a *Agent) pruneAll(ctx context.Context) {
	for _, pod := range a.Pods() {
		if observed, err := a.observe(ctx, pod.UID); err == nil { // an error shows again when its worker looks
			a.prune(ctx, pod, observed, 0)
		}
	}
}

// removeImages removes images until so many bytes are freed, and those that have been unused for too long. It returns how many were.
func (a *Agent) removeImages(ctx context.Context, need int64) (freed int64, err error) {
	a.tidying.Lock()
	defer a.tidying.Unlock()
	images, err := a.listImages(ctx)
	if err != nil {
		return 0, err
	}
	now := time.Now()
	a.ledger.Note(images, now)
	for _, i := range a.ledger.Unused(images, *a.Unused, now) {
		if freed >= need && !a.ledger.Stale(i, *a.Unused, now) {
			continue
		}
		// The runtime has the last word: it keeps an image of which there is a container by now.
		if err := a.Images.RemoveImage(ctx, &runtimeapi.ImageSpec{Image: i.ID}); err != nil {
			a.Log.Warn("an image that nobody uses could not be removed", "image", i.ID, "error", err)
			continue
		}
		a.Log.Info("an image was removed that nobody used", "image", i.ID, "bytes", i.Bytes)
		freed += i.Bytes
	}
	return freed, nil
}

// listImages lists the images, and which of them have containers.
func (a *Agent) listImages(ctx context.Context) ([]unused.Image, error) {
	list, err := a.Images.ListImages(ctx, &runtimeapi.ImageFilter{})
	if err != nil {
		return nil, fmt.Errorf("listing the images: %w", err)
	}
	containers, err := a.Runtime.ListContainers(ctx, &runtimeapi.ContainerFilter{})
	if err != nil {
		return nil, fmt.Errorf("listing what uses images: %w", err)
	}
	used := map[string]bool{}
	for _, c := range containers {
		used[c.ImageId], used[c.ImageRef], used[c.GetImage().GetImage()] = true, true, true
	}
	for _, pod := range a.Pods() { // image volumes have no container of their own
		for _, v := range pod.Spec.Volumes {
			if v.Image != nil {
				used[v.Image.Reference] = true
			}
		}
	}
	images := make([]unused.Image, len(list))
	for i, one := range list {
		images[i] = unused.Image{ID: one.Id, Bytes: int64(one.Size), Kept: one.Pinned, Used: used[one.Id]}
		for _, name := range append(append([]string(nil), one.RepoTags...), one.RepoDigests...) {
			images[i].Used = images[i].Used || used[name]
		}
	}
	return images, nil
}

// removeLogs removes the log files of a container's run: its own, and those that it was continued in.
func removeLogs(path string) error {
	if path == "" {
		return nil
	}
	dir, name := filepath.Split(path)
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("listing the logs of a container: %w", err)
	}
	for _, e := range entries {
		if e.Name() == name || strings.HasPrefix(e.Name(), name+".") {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !os.IsNotExist(err) {
				return fmt.Errorf("removing a container's log: %w", err)
			}
		}
	}
	return nil
}

// sweep removes what the runtime and the disk still have of pods that this node no longer has. What there is is listed before the pods are: who
// came meanwhile is not touched.
func (a *Agent) sweep(ctx context.Context) error {
	sandboxes, err := a.Runtime.ListPodSandbox(ctx, &runtimeapi.PodSandboxFilter{})
	if err != nil {
		return fmt.Errorf("listing what runs: %w", err)
	}
	dirs, err := listDir(filepath.Join(a.Dir, "pods"))
	if err != nil {
		return err
	}
	logs, err := listDir(a.LogDir)
	if err != nil {
		return err
	}
	have := a.have()
	for _, s := range sandboxes {
		uid := types.UID(s.GetMetadata().GetUid())
		if have[uid] {
			continue
		}
		if err := a.removeSandbox(ctx, s.Id, func(string) int64 { return 10 }); err != nil {
			return err
		}
		if err := a.Volumes.Cleanup(ctx, uid); err != nil {
			return fmt.Errorf("taking away the volumes of a former pod: %w", err)
		}
	}
	for _, name := range dirs {
		uid := types.UID(name)
		if have[uid] {
			continue
		}
		if err := a.Volumes.Cleanup(ctx, uid); err != nil {
			return fmt.Errorf("taking away the volumes of a former pod: %w", err)
		}
		if err := os.RemoveAll(a.podDir(uid)); err != nil {
			return fmt.Errorf("removing a former pod's files: %w", err)
		}
	}
	for _, name := range logs {
		if uid, ok := podconfig.PodOfLogDir(name); ok && !have[uid] {
			if err := os.RemoveAll(filepath.Join(a.LogDir, name)); err != nil {
				return fmt.Errorf("removing a former pod's logs: %w", err)
			}
		}
	}
	return nil
}

// have are the pods that the node has, whoever says so.
func (a *Agent) have() map[types.UID]bool {
	have := map[types.UID]bool{}
	for _, pod := range a.onNode() {
		have[pod.UID] = true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for uid := range a.static {
		have[uid] = true
	}
	for uid := range a.workers {
		have[uid] = true
	}
	return have
}

func listDir(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("looking for leftovers of former pods: %w", err)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}
