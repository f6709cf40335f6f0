package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	kubeletconfig "k8s.io/kubelet/config/v1beta1"
	stats "k8s.io/kubelet/pkg/apis/stats/v1alpha1"
)

// Figures are what the machine and its containers use.
type Figures interface {
	// Summary with short has processors and memory only.
	Summary(ctx context.Context, short bool) (*stats.Summary, error)
	// ResourceMetrics and ContainerMetrics write Prometheus text.
	ResourceMetrics(ctx context.Context, w io.Writer) error
	ContainerMetrics(ctx context.Context, w io.Writer) error
}

func (n *node) summary(w http.ResponseWriter, r *http.Request) {
	short, _ := strconv.ParseBool(r.FormValue("only_cpu_and_memory")) // what is no truth value is none, as with the kubelet
	summary, err := n.Figures.Summary(r.Context(), short)
	if err != nil {
		n.failed(w, "taking figures", err)
		return
	}
	n.json(w, summary)
}

// text answers with Prometheus text.
func (n *node) text(make func(ctx context.Context, w io.Writer) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		if err := make(r.Context(), &body); err != nil {
			n.failed(w, "taking figures", err)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_, _ = body.WriteTo(w) // a client that is gone needs no answer
	}
}

// configz shows the node's configuration under the name that the kubelet's has.
func (n *node) configz(w http.ResponseWriter, _ *http.Request) {
	n.json(w, struct {
		Kubelet kubeletconfig.KubeletConfiguration `json:"kubeletconfig"`
	}{n.Configuration})
}

// runningPods are those with containers that run, and of them what the runtime knows.
func (n *node) runningPods(w http.ResponseWriter, r *http.Request) {
	containers, err := n.Runtime.ListContainers(r.Context(), nil)
	if err != nil {
		n.failed(w, "asking the runtime for its containers", err)
		return
	}
	n.answerPods(w, running(containers))
}

func (n *node) failed(w http.ResponseWriter, doing string, err error) {
	http.Error(w, doing+": "+err.Error(), http.StatusInternalServerError)
}

func (n *node) json(w http.ResponseWriter, value any) {
	data, err := json.Marshal(value)
	if err != nil {
		n.failed(w, "encoding the answer", err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(data)
}

func (n *node) answerPods(w http.ResponseWriter, list []corev1.Pod) {
	out := corev1.PodList{Items: list}
	out.Kind, out.APIVersion = "PodList", "v1"
	n.json(w, out)
}
