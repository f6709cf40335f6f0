package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are what /metrics shows. Names that upstream has mean the same here.
type Metrics struct {
	// Registry is where other rooms register theirs.
	Registry *prometheus.Registry

	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	watches  prometheus.Gauge
	handler  http.Handler
}

// NewMetrics makes a registry with the server's and the process's own metrics.
func NewMetrics() *Metrics {
	m := &Metrics{
		Registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "apiserver_request_total",
			Help: "Requests by verb, resource and status code."}, []string{"verb", "group", "version", "resource", "subresource", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "apiserver_request_duration_seconds",
			Help: "Time to answer requests, streams left out.", Buckets: []float64{0.0005, 0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30, 60}}, []string{"verb", "group", "version", "resource"}),
		watches: prometheus.NewGauge(prometheus.GaugeOpts{Name: "apiserver_longrunning_requests", Help: "Watches that are open.", ConstLabels: prometheus.Labels{"verb": "WATCH"}}),
	}
	m.Registry.MustRegister(m.requests, m.duration, m.watches, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(m.Registry, promhttp.HandlerOpts{})
	return m
}

func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.handler.ServeHTTP(w, r) }

// knownVerbs are those that have a label; a client may make up any other method.
var knownVerbs = map[string]bool{"get": true, "list": true, "watch": true, "create": true, "update": true, "patch": true, "delete": true, "deletecollection": true}

// observe counts a request. Only resources that exist make labels, so that a client cannot fill memory with names.
func (m *Metrics) observe(q *request, code int, took time.Duration) {
	if q.target.Resource == nil {
		m.requests.WithLabelValues("other", "", "", "", "", strconv.Itoa(code)).Inc()
		return
	}
	sub := ""
	if _, ok := q.target.Resource.Kind.Subresource(q.subresource); ok {
		sub = q.subresource
	}
	verb := q.verb
	if !knownVerbs[verb] {
		verb = "other"
	}
	m.requests.WithLabelValues(verb, q.group, q.version, q.resource, sub, strconv.Itoa(code)).Inc()
	if !q.longRunning() {
		m.duration.WithLabelValues(verb, q.group, q.version, q.resource).Observe(took.Seconds())
	}
}
