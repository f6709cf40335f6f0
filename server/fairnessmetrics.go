package server

import (
	"github.com/prometheus/client_golang/prometheus"

	"argosy.dev/server/fairness"
)

// fairnessMetrics shows the gate's own figures, read as they are asked for, so that requests do not pay for them.
type fairnessMetrics struct {
	gate *fairness.Gate

	dispatched, rejected, serving, waiting, waits *prometheus.Desc
	levels                                        []levelMetric
}

type levelMetric struct {
	desc *prometheus.Desc
	of   func(fairness.LevelFigures) int
}

func newFairnessMetrics(gate *fairness.Gate) *fairnessMetrics {
	flow := func(name, help string, more ...string) *prometheus.Desc {
		return prometheus.NewDesc("apiserver_flowcontrol_"+name, help, append([]string{"priority_level", "flow_schema"}, more...), nil)
	}
	level := func(name, help string, of func(fairness.LevelFigures) int) levelMetric {
		return levelMetric{desc: prometheus.NewDesc("apiserver_flowcontrol_"+name, help, []string{"priority_level"}, nil), of: of}
	}
	return &fairnessMetrics{
		gate:       gate,
		dispatched: flow("dispatched_requests_total", "Requests that were let in."),
		rejected:   flow("rejected_requests_total", "Requests that were turned away, by reason.", "reason"),
		serving:    flow("current_executing_requests", "Requests that are served now; watches only until they have told what there is."),
		waiting:    flow("current_inqueue_requests", "Requests that wait now."),
		waits:      flow("request_wait_duration_seconds", "Time that requests waited, those that did not have to included."),
		levels: []levelMetric{
			level("nominal_limit_seats", "Seats that a level has by its shares.", func(l fairness.LevelFigures) int { return l.Nominal }),
			level("lower_limit_seats", "Seats that a level keeps while it lends all that it may.", func(l fairness.LevelFigures) int { return l.Lower }),
			level("upper_limit_seats", "Seats that a level has while it borrows all that it may.", func(l fairness.LevelFigures) int { return l.Upper }),
			level("current_limit_seats", "Seats that a level has now.", func(l fairness.LevelFigures) int { return l.Limit }),
			level("current_executing_seats", "Seats that are taken now.", func(l fairness.LevelFigures) int { return l.Serving }),
			level("current_inqueue_seats", "Seats that are waited for now.", func(l fairness.LevelFigures) int { return l.Waiting }),
		},
	}
}

// Describe is of prometheus.Collector.
func (m *fairnessMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.dispatched, m.rejected, m.serving, m.waiting, m.waits} {
		to <- d
	}
	for _, l := range m.levels {
		to <- l.desc
	}
}

// Collect is of prometheus.Collector.
func (m *fairnessMetrics) Collect(to chan<- prometheus.Metric) {
	for _, f := range m.gate.Flows() {
		to <- prometheus.MustNewConstMetric(m.dispatched, prometheus.CounterValue, float64(f.Dispatched), f.Level, f.Schema)
		to <- prometheus.MustNewConstMetric(m.serving, prometheus.GaugeValue, float64(f.Serving), f.Level, f.Schema)
		to <- prometheus.MustNewConstMetric(m.waiting, prometheus.GaugeValue, float64(f.Waiting), f.Level, f.Schema)
		to <- prometheus.MustNewConstHistogram(m.waits, f.Waited, f.WaitTime.Seconds(), f.Waits, f.Level, f.Schema)
		for reason, n := range f.Rejected {
			if n > 0 {
				to <- prometheus.MustNewConstMetric(m.rejected, prometheus.CounterValue, float64(n), f.Level, f.Schema, string(reason))
			}
		}
	}
	for _, figures := range m.gate.Levels() {
		for _, l := range m.levels {
			to <- prometheus.MustNewConstMetric(l.desc, prometheus.GaugeValue, float64(l.of(figures)), figures.Name)
		}
	}
}
