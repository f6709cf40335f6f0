package node

import (
	"context"
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/node/static"
)

// openStatic reads the machine's own pods for the first time.
func (a *Agent) openStatic() error {
	if a.StaticDir == "" {
		return nil
	}
	if err := os.MkdirAll(a.StaticDir, 0o700); err != nil {
		return fmt.Errorf("making the directory of static pods: %w", err)
	}
	a.readStatic()
	return nil
}

// followStatic keeps the machine's own pods as their files are, until ctx ends.
func (a *Agent) followStatic(ctx context.Context) error {
	if a.StaticDir == "" {
		return nil
	}
	for _, pod := range a.onNode() {
		a.dropStaleMirror(ctx, pod)
	}
	a.applyStatic()
	return static.Watch(ctx, a.StaticDir, func() {
		a.readStatic()
		a.applyStatic()
	})
}

// readStatic notes which pods the files hold now. A file that holds none is told of once; a pod that it held before ends.
func (a *Agent) readStatic() {
	list, err := static.Reader{Dir: a.StaticDir, NodeName: a.Name, Decode: a.DecodePod}.Pods()
	if err != nil && err.Error() != a.staticFault {
		a.Log.Warn("static pods cannot be read", "directory", a.StaticDir, "error", err)
	}
	a.staticFault = ""
	if err != nil {
		a.staticFault = err.Error()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.static = make(map[types.UID]*corev1.Pod, len(list))
	for _, pod := range list {
		a.static[pod.UID] = pod
	}
}

// applyStatic ends the workers of pods whose files are gone, and begins those of new ones: after that of the same name has ended.
func (a *Agent) applyStatic() {
	a.mu.Lock()
	defer a.mu.Unlock()
	ending := map[string]*worker{}
	for uid, w := range a.workers {
		if !w.static {
			continue
		}
		pod := w.pod()
		if a.static[uid] == nil {
			if !w.leaving() {
				w.gone(pod)
			}
			ending[pod.Namespace+"/"+pod.Name] = w
		}
	}
	for uid, pod := range a.static {
		if a.workers[uid] != nil {
			continue
		}
		if before := ending[pod.Namespace+"/"+pod.Name]; before != nil {
			before.after = a.applyStatic
			continue
		}
		w := newWorker(a, pod)
		w.static = true
		a.begin(w, uid)
	}
}

// mirrorChanged takes note of a change of a mirror: its pod shows itself anew. A mirror of nothing goes.
func (a *Agent) mirrorChanged(pod *corev1.Pod) {
	uid := static.Of(pod)
	a.mu.Lock()
	w := a.workers[uid]
	a.mu.Unlock()
	if w != nil {
		w.wake()
		return
	}
	a.dropStaleMirror(a.ctx, pod)
}

func (a *Agent) dropStaleMirror(ctx context.Context, pod *corev1.Pod) {
	uid := static.Of(pod)
	a.mu.Lock()
	_, wanted := a.static[uid]
	w := a.workers[uid]
	a.mu.Unlock()
	if uid == "" || wanted || w != nil {
		return
	}
	if err := a.deleteMirror(ctx, pod); err != nil && ctx.Err() == nil {
		a.Log.Warn("the mirror of a static pod that is gone could not be deleted", "pod", pod.Namespace+"/"+pod.Name, "error", err)
	}
}

func (a *Agent) deleteMirror(ctx context.Context, mirror *corev1.Pod) error {
	zero := int64(0)
	err := a.pods.Delete(ctx, mirror.Namespace, mirror.Name, metav1.DeleteOptions{GracePeriodSeconds: &zero, Preconditions: &metav1.Preconditions{UID: &mirror.UID}})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil
	}
	return err
}

// shown is a static pod with what its mirror tells of it.
func (w *worker) shown(pod *corev1.Pod) *corev1.Pod {
	mirror, ok := w.pods.Get(pod.Namespace, pod.Name)
	if !ok || static.Of(mirror) != pod.UID {
		return pod
	}
	p := pod.DeepCopy()
	p.Status = *mirror.Status.DeepCopy()
	return p
}

// mirror finds the pod's mirror, and makes it where there is none, or one of another pod, or one that somebody deletes. Nil: there is no
// place for it.
func (w *worker) mirror(ctx context.Context, pod *corev1.Pod) (*corev1.Pod, error) {
	current, ok := w.pods.Get(pod.Namespace, pod.Name)
	if ok && static.Of(current) == pod.UID && current.DeletionTimestamp == nil {
		return current, nil
	}
	if ok && static.Of(current) == "" {
		return nil, nil // somebody else's pod has the name
	}
	if ok {
		if err := w.deleteMirror(ctx, current); err != nil {
			return nil, fmt.Errorf("deleting an old mirror: %w", err)
		}
	}
	node, _ := w.nodes.Get("", w.Name)
	made, err := w.pods.Create(ctx, static.Mirror(pod, node))
	if err != nil {
		return nil, fmt.Errorf("making the mirror: %w", err)
	}
	return made, nil
}
