package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/facts/podlogs"
	"argosy.dev/node/logs"
)

// A followed log is looked at soon after it has grown, and less and less often while it does not.
const (
	lookSoonest = 10 * time.Millisecond
	lookLatest  = 250 * time.Millisecond
	// askEvery is how often the runtime is asked whether a followed container still runs.
	askEvery = 250 * time.Millisecond
)

func (n *node) log(w http.ResponseWriter, r *http.Request) {
	options, err := n.logOptions(r)
	if err != nil {
		answer(w, err)
		return
	}
	pod, container, err := n.podAndContainer(r)
	if err != nil {
		answer(w, err)
		return
	}
	id, err := n.logged(r.Context(), pod, container, options.Previous)
	if err != nil {
		answer(w, err)
		return
	}
	status, err := n.Runtime.ContainerStatus(r.Context(), id, false)
	if err != nil {
		answer(w, fmt.Errorf("asking the runtime for the log of container %q: %w", container, err))
		return
	}
	out := &logWriter{ResponseWriter: w, delay: lookSoonest}
	out.Header().Set("Content-Type", "text/plain")
	err = logs.Read(r.Context(), status.GetStatus().GetLogPath(), n.reading(r.Context(), id, options, out))
	switch {
	case err == nil || r.Context().Err() != nil:
	case out.began:
		// The answer is under way: its end must not look like the log's.
		n.Log.Warn("a log broke off", "pod", pod.Namespace+"/"+pod.Name, "container", container, "error", err)
		panic(http.ErrAbortHandler)
	default:
		answer(w, fmt.Errorf("reading the log of container %q: %w", container, err))
	}
}

func (n *node) logOptions(r *http.Request) (*corev1.PodLogOptions, error) {
	options, err := podlogs.Parse(r.URL.Query())
	if err == nil {
		err = podlogs.Validate(r.PathValue("pod"), options)
	}
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		return nil, refuse(int(status.Status().Code), "%s", status.Status().Message)
	}
	return options, err
}

// reading translates the API's options into the reader's.
func (n *node) reading(ctx context.Context, id string, o *corev1.PodLogOptions, out *logWriter) logs.Options {
	reading := logs.Options{Follow: o.Follow, Timestamps: o.Timestamps, TailLines: -1, Stdout: out, Stderr: out, Grown: out.wait, Ended: n.ended(ctx, id)}
	switch {
	case o.SinceSeconds != nil:
		reading.Since = time.Now().Add(-time.Duration(*o.SinceSeconds) * time.Second)
	case o.SinceTime != nil:
		reading.Since = o.SinceTime.Time
	}
	if o.TailLines != nil {
		reading.TailLines = *o.TailLines
	}
	if o.LimitBytes != nil {
		reading.LimitBytes = *o.LimitBytes
	}
	if o.Stream != nil && *o.Stream == corev1.LogStreamStdout {
		reading.Stderr = nil
	}
	if o.Stream != nil && *o.Stream == corev1.LogStreamStderr {
		reading.Stdout = nil
	}
	return reading
}

// ended tells whether a container's log is complete. The runtime is not asked at every call.
func (n *node) ended(ctx context.Context, id string) func() bool {
	var asked time.Time
	return func() bool {
		if time.Since(asked) < askEvery {
			return false
		}
		asked = time.Now()
		status, err := n.Runtime.ContainerStatus(ctx, id, false)
		return err != nil || status.GetStatus().GetState() != runtimeapi.ContainerState_CONTAINER_RUNNING
	}
}

// logWriter sends what is written when the reader has reached the log's end, or the buffer is full.
type logWriter struct {
	http.ResponseWriter
	began bool // something was sent
	fresh bool // something was written since wait
	delay time.Duration
}

func (l *logWriter) Write(p []byte) (int, error) {
	l.began, l.fresh = true, true
	return l.ResponseWriter.Write(p)
}

// wait sends what there is, and waits for more to be logged.
func (l *logWriter) wait(ctx context.Context) {
	if l.fresh || !l.began {
		l.began = true
		if http.NewResponseController(l.ResponseWriter).Flush() != nil {
			return // the next write fails, or the context ends
		}
	}
	l.delay = min(2*l.delay, lookLatest)
	if l.fresh {
		l.fresh, l.delay = false, lookSoonest
	}
	timer := time.NewTimer(l.delay)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
