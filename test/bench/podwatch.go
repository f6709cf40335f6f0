package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// podWatch follows the Pods of a namespace and notes when each was first seen running, ready, and gone.
type podWatch struct {
	cancel context.CancelFunc
	ended  chan struct{}

	lock    sync.Mutex
	changed chan struct{} // closed at the next change
	pods    map[string]*podTimes
	failed  error
}

// podTimes are moments, zero if they have not come.
type podTimes struct{ running, ready, gone time.Time }

// watchPods begins with the Pods that there are.
func (c *client) watchPods(ctx context.Context, namespace string) (*podWatch, error) {
	ctx, cancel := context.WithCancel(ctx)
	answer, err := c.open(ctx, http.MethodGet, podsPath(namespace)+"?watch=true", nil, asJSON)
	if err != nil {
		cancel()
		return nil, err
	}
	w := &podWatch{cancel: cancel, ended: make(chan struct{}), changed: make(chan struct{}), pods: map[string]*podTimes{}}
	go func() {
		defer close(w.ended)
		defer answer.Body.Close()
		decoder := json.NewDecoder(answer.Body)
		for {
			var event struct {
				Type   string
				Object corev1.Pod
			}
			err := decoder.Decode(&event)
			if err == nil && event.Type == "ERROR" {
				err = fmt.Errorf("the watch of Pods reports an error, of kind %s", event.Object.Kind)
			}
			w.note(event.Type, &event.Object, err)
			if err != nil {
				return
			}
		}
	}()
	return w, nil
}

func (w *podWatch) close() {
	w.cancel()
	<-w.ended
}

func (w *podWatch) note(event string, pod *corev1.Pod, err error) {
	now := time.Now()
	w.lock.Lock()
	defer w.lock.Unlock()
	close(w.changed)
	w.changed = make(chan struct{})
	if err != nil {
		w.failed = err
		return
	}
	t := w.pods[pod.Name]
	if t == nil {
		t = &podTimes{}
		w.pods[pod.Name] = t
	}
	switch {
	case event == "DELETED":
		t.gone = now
	case pod.Status.Phase == corev1.PodFailed && pod.DeletionTimestamp == nil:
		w.failed = fmt.Errorf("pod %s failed: %s %s", pod.Name, pod.Status.Reason, pod.Status.Message)
	}
	if t.running.IsZero() && pod.Status.Phase == corev1.PodRunning {
		t.running = now
	}
	for _, condition := range pod.Status.Conditions {
		if t.ready.IsZero() && condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue {
			t.ready = now
		}
	}
}

// await waits until enough is true of the Pods that were seen.
func (w *podWatch) await(ctx context.Context, timeout time.Duration, enough func(pods map[string]*podTimes) bool) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		w.lock.Lock()
		done, changed, failed := enough(w.pods), w.changed, w.failed
		w.lock.Unlock()
		switch {
		case done:
			return nil
		case failed != nil:
			return failed
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("pods did not get as far as they should within %v: %w", timeout, ctx.Err())
		}
	}
}

// preparePods makes a namespace in which Pods can be created, which needs its default ServiceAccount.
func (c *cluster) preparePods(ctx context.Context, namespace string) error {
	if err := c.api.namespace(ctx, namespace); err != nil {
		return err
	}
	accounts := "/api/v1/namespaces/" + namespace + "/serviceaccounts"
	err := c.api.await(ctx, accounts+"/default", 5*time.Second)
	if isStatus(err, http.StatusNotFound) {
		// Nobody makes them here: a server without controllers.
		err = c.api.post(ctx, accounts, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}})
	}
	return err
}
