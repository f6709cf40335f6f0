package hooks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"argosy.dev/node/handler"
)

// answerMax bounds what is read of an HTTP answer.
const answerMax = 10 << 10

// Runner runs hooks.
type Runner struct {
	runtime handler.Executor
	client  *http.Client
	agent   string
}

// New makes a runner that runs commands through the runtime.
func New(runtime handler.Executor) *Runner {
	return &Runner{runtime: runtime, client: &http.Client{Transport: handler.Transport()}, agent: handler.Agent("lifecycle")}
}

// Run runs a hook of the container id until it has ended, or the context has.
func (r *Runner) Run(ctx context.Context, h *corev1.LifecycleHandler, id string, t handler.Target) error {
	switch {
	case h.Exec != nil:
		return r.exec(ctx, h.Exec, id)
	case h.HTTPGet != nil:
		return r.http(ctx, h.HTTPGet, t)
	case h.Sleep != nil:
		return sleep(ctx, time.Duration(h.Sleep.Seconds)*time.Second)
	case h.TCPSocket != nil:
		return errors.New("a tcpSocket hook is not supported: use exec, httpGet or sleep")
	}
	return errors.New("the hook names nothing to do")
}

func (r *Runner) exec(ctx context.Context, a *corev1.ExecAction, id string) error {
	stdout, stderr, err := r.runtime.ExecSync(ctx, id, a.Command, 0)
	if err == nil {
		return nil
	}
	const most = 1 << 10
	said := append(stdout[:len(stdout):len(stdout)], stderr...)
	return fmt.Errorf("running %q: %w: %s", a.Command, err, said[:min(len(said), most)])
}

func (r *Runner) http(ctx context.Context, get *corev1.HTTPGetAction, t handler.Target) error {
	if get.Port == intstr.FromString("") || get.Port == intstr.FromInt32(0) {
		get = get.DeepCopy()
		get.Port = intstr.FromInt32(80)
	}
	request, err := t.Request(ctx, get, r.agent)
	if err != nil {
		return err
	}
	response, err := r.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, answerMax)) // it was answered, whatever it says
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
