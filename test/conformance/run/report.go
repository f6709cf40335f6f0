package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2/types"
)

// outcome is how one spec ended.
type outcome struct {
	name   string
	area   string // the special interest group that owns it
	state  types.SpecState
	took   time.Duration
	reason string // why it failed, in one line
}

var group = regexp.MustCompile(`^\[(sig-[a-z-]+)\]`)

// readReport returns every conformance spec of the suite. A spec that a filter left out is pending or skipped without a reason.
func readReport(file string) ([]outcome, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var reports []types.Report
	if err := json.Unmarshal(data, &reports); err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	var outcomes []outcome
	for _, r := range reports {
		for _, s := range r.SpecReports {
			if s.LeafNodeType != types.NodeTypeIt {
				if s.Failed() { // set-up and tear-down of the suite itself
					return nil, fmt.Errorf("the suite's %s failed: %s", s.LeafNodeType, oneLine(s.FailureMessage()))
				}
				continue
			}
			if !slices.Contains(s.Labels(), "Conformance") {
				continue
			}
			o := outcome{name: s.FullText(), area: "other", state: s.State, took: s.RunTime, reason: oneLine(s.FailureMessage())}
			if m := group.FindStringSubmatch(o.name); m != nil {
				o.area = m[1]
			}
			outcomes = append(outcomes, o)
		}
	}
	slices.SortFunc(outcomes, func(a, b outcome) int { return strings.Compare(a.name, b.name) })
	return outcomes, nil
}

// merge puts a later run over an earlier one. A spec that the later one did not run to its end stays as it was.
func merge(earlier, later []outcome) []outcome {
	merged := map[string]outcome{}
	for _, o := range earlier {
		merged[o.name] = o
	}
	for _, o := range later {
		if _, have := merged[o.name]; !have || o.ended() {
			merged[o.name] = o
		}
	}
	return slices.SortedFunc(maps.Values(merged), func(a, b outcome) int { return strings.Compare(a.name, b.name) })
}

// ended tells whether the spec came to a verdict: neither left out by a filter nor cut off by the end of the run.
func (o outcome) ended() bool {
	switch o.state {
	case types.SpecStatePassed, types.SpecStateFailed, types.SpecStatePanicked:
		return true
	case types.SpecStateTimedout: // its own time, or that of the whole suite
		return !strings.HasPrefix(o.reason, "A suite timeout")
	case types.SpecStateSkipped:
		return o.took > 0
	}
	return false
}

// oneLine shortens a message for a list.
func oneLine(message string) string {
	const most = 240
	message = strings.Join(strings.Fields(message), " ")
	if len(message) > most {
		message = strings.ToValidUTF8(message[:most], "") + "…"
	}
	return message
}
