package usage

import (
	"fmt"
	"io"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"k8s.io/apimachinery/pkg/types"
)

// sample is what a node told at one look.
type sample struct {
	node counted
	pods map[types.NamespacedName]map[string]counted // by container
}

// counted is what somebody had used up of processors, in nanoseconds, and held of memory, at a time.
type counted struct {
	at      time.Time
	cpu     uint64
	memory  int64
	started time.Time // zero where it is not told
}

// sampleMax bounds what is read of a node: some hundred bytes a container.
const sampleMax = 16 << 20

// read takes in a node's text. taken is the time of figures that tell none themselves.
func read(text io.Reader, taken time.Time) (*sample, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(io.LimitReader(text, sampleMax))
	if err != nil {
		return nil, fmt.Errorf("reading a node's figures: %w", err)
	}
	s := &sample{node: counted{at: taken}, pods: map[types.NamespacedName]map[string]counted{}}
	for name, note := range map[string]func(c *counted, m *dto.Metric){"cpu_usage_seconds_total": noteCPU, "memory_working_set_bytes": noteMemory, "start_time_seconds": noteStart} {
		for _, m := range families["node_"+name].GetMetric() {
			note(&s.node, m)
		}
		for _, m := range families["container_"+name].GetMetric() {
			s.container(m, taken, note)
		}
	}
	return s, nil
}

func (s *sample) container(m *dto.Metric, taken time.Time, note func(c *counted, m *dto.Metric)) {
	var pod types.NamespacedName
	var container string
	for _, l := range m.GetLabel() {
		switch l.GetName() {
		case "namespace":
			pod.Namespace = l.GetValue()
		case "pod":
			pod.Name = l.GetValue()
		case "container":
			container = l.GetValue()
		}
	}
	if s.pods[pod] == nil {
		s.pods[pod] = map[string]counted{}
	}
	c, ok := s.pods[pod][container]
	if !ok {
		c.at = taken
	}
	note(&c, m)
	s.pods[pod][container] = c
}

func noteCPU(c *counted, m *dto.Metric) {
	c.cpu = uint64(max(0, number(m)) * float64(time.Second))
	if ms := m.GetTimestampMs(); ms > 0 {
		c.at = time.UnixMilli(ms)
	}
}

func noteMemory(c *counted, m *dto.Metric) { c.memory = int64(number(m)) }

func noteStart(c *counted, m *dto.Metric) {
	c.started = time.Unix(0, int64(number(m)*float64(time.Second)))
}

// number is a metric's value, of whatever sort it says it is.
func number(m *dto.Metric) float64 {
	switch {
	case m.Counter != nil:
		return m.Counter.GetValue()
	case m.Gauge != nil:
		return m.Gauge.GetValue()
	}
	return m.Untyped.GetValue()
}
