package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// row is one line of the table.
type row struct {
	Section string  `json:"section"`
	What    string  `json:"what"`
	Unit    string  `json:"unit,omitempty"` // of the values
	N       int     `json:"n,omitempty"`    // how many values there are
	Median  float64 `json:"median,omitempty"`
	Lowest  float64 `json:"lowest,omitempty"`
	Highest float64 `json:"highest,omitempty"`

	P50 float64 `json:"p50_ms,omitempty"` // of the single requests
	P99 float64 `json:"p99_ms,omitempty"`

	ServerCPU float64 `json:"server_cpu_s,omitempty"`  // of all values together
	Each      float64 `json:"server_cpu_us,omitempty"` // for one request, or what else the row counts
	ClientCPU float64 `json:"client_cpu_s,omitempty"`
	OtherCPU  float64 `json:"other_cpu_s,omitempty"` // of everybody else on the machine, the kernel's own threads too
	Disturbed bool    `json:"disturbed,omitempty"`   // others took more of the machine than a comparison stands

	Beside   string  `json:"beside,omitempty"` // the yardstick in the same run
	Ratio    float64 `json:"ratio,omitempty"`  // to it
	Upstream string  `json:"upstream,omitempty"`
	Goal     string  `json:"goal,omitempty"`
	Failed   string  `json:"failed,omitempty"`
}

// values fills in the row's own values.
func (r row) values(unit string, list []float64) row {
	r.Unit, r.N, r.Median, r.Lowest, r.Highest = unit, len(list), median(list), slices.Min(list), slices.Max(list)
	return r
}

// disturbance is the share of the machine that others may have before a row is marked.
const disturbance = 0.1

// cost fills in what some stretches cost together, for so many requests. others tells to mark the row if others were busy.
func (r row) cost(list []usage, requests int, cores int) row {
	var sum usage
	for _, u := range list {
		sum.wall, sum.server, sum.client, sum.host = sum.wall+u.wall, sum.server+u.server, sum.client+u.client, sum.host+u.host
	}
	r.ServerCPU, r.ClientCPU, r.OtherCPU = sum.server.Seconds(), sum.client.Seconds(), sum.others().Seconds()
	if requests > 0 {
		r.Each = r.ServerCPU * 1e6 / float64(requests)
	}
	r.Disturbed = cores > 0 && sum.others().Seconds() > disturbance*sum.wall.Seconds()*float64(cores)
	return r
}

// against compares the row with a yardstick.
func (r row) against(beside string, ratio float64) row {
	r.Beside, r.Ratio = beside, ratio
	return r
}

// goal adds one, and whether it is met.
func (r row) goal(text string, met bool) row {
	if r.Goal != "" {
		r.Goal += ", "
	}
	if r.Goal += text + " met"; !met {
		r.Goal = strings.TrimSuffix(r.Goal, "met") + "MISSED"
	}
	return r
}

func (r row) upstream(text string) row {
	r.Upstream = text
	return r
}

// report gathers the rows.
type report struct {
	machine []string
	section string
	rows    []row
	took    time.Duration
}

func (r *report) add(rows ...row) {
	for _, w := range rows {
		w.Section = r.section
		r.rows = append(r.rows, w)
	}
}

// failed takes note of what could not be measured, and why.
func (r *report) failed(err error) { r.add(row{What: "failed", Failed: err.Error()}) }

var columns = []string{"", "result [lowest-highest]", "n", "p50 ms", "p99 ms", "server CPU", "each", "beside, same run", "ratio", "upstream", "goal"}

func (w row) cells() []string {
	cpu, each := "", ""
	if w.ServerCPU > 0 {
		cpu = strconv.FormatFloat(w.ServerCPU, 'f', 2, 64) + " s"
	}
	if w.Each > 0 {
		each = short(w.Each) + " µs"
	}
	if w.Each >= 10000 {
		each = short(w.Each/1000) + " ms"
	}
	if w.Disturbed {
		cpu += "*"
	}
	return []string{"  " + w.What, w.value(), count(w.N), number(w.P50), number(w.P99), cpu, each, w.Beside, number(w.Ratio), w.Upstream, w.Goal}
}

func (w row) value() string {
	if w.N == 0 {
		return ""
	}
	text := short(w.Median) + " " + w.Unit
	if w.N > 1 && (w.Lowest != w.Median || w.Highest != w.Median) {
		text += " [" + short(w.Lowest) + "-" + short(w.Highest) + "]"
	}
	return text
}

// short prints three figures that count, and whole numbers from a hundred on.
func short(v float64) string {
	switch {
	case v >= 1000:
		text := strconv.FormatFloat(v, 'f', 0, 64)
		for i := len(text) - 3; i > 0; i -= 3 {
			text = text[:i] + "," + text[i:]
		}
		return text
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

func number(v float64) string {
	if v == 0 {
		return ""
	}
	return short(v)
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// print writes the table.
func (r *report) print(out io.Writer) {
	width := make([]int, len(columns))
	measure := func(cells []string) {
		for i, c := range cells {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	measure(columns)
	for _, w := range r.rows {
		if w.Failed == "" {
			measure(w.cells())
		}
	}
	line := func(cells []string) {
		var text strings.Builder
		for i, c := range cells {
			text.WriteString(c + strings.Repeat(" ", width[i]-utf8.RuneCountInString(c)+2))
		}
		fmt.Fprintln(out, strings.TrimRight(text.String(), " "))
	}
	for _, m := range r.machine {
		fmt.Fprintln(out, m)
	}
	fmt.Fprintln(out)
	line(columns)
	section, disturbed := "", false
	for _, w := range r.rows {
		if w.Section != section {
			section = w.Section
			fmt.Fprintln(out, section)
		}
		if w.Failed != "" {
			fmt.Fprintf(out, "  %s: %s\n", w.What, strings.ReplaceAll(w.Failed, "\n", "\n  "))
			continue
		}
		line(w.cells())
		disturbed = disturbed || w.Disturbed
	}
	fmt.Fprintln(out)
	for _, n := range notes {
		fmt.Fprintln(out, n)
	}
	if disturbed {
		fmt.Fprintf(out, "* others used more than %.0f %% of the machine meanwhile: trust the CPU time of that row, not its rate.\n", 100*disturbance)
	}
	fmt.Fprintf(out, "This took %.0f s.\n", r.took.Seconds())
}

// save writes the rows as lines of JSON.
func (r *report) save(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(file)
	encoder.SetEscapeHTML(false)
	for _, w := range r.rows {
		if err := encoder.Encode(w); err != nil {
			return errors.Join(err, file.Close())
		}
	}
	return file.Close()
}
