package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/onsi/ginkgo/v2/types"
)

// count is how many specs of an area ended how.
type count struct{ passed, failed, skipped, known, notRun int }

func (c *count) add(d count) {
	c.passed += d.passed
	c.failed += d.failed
	c.skipped += d.skipped
	c.known += d.known
	c.notRun += d.notRun
}

func (c count) all() int { return c.passed + c.failed + c.skipped + c.known + c.notRun }

// summary is a run held against the list of known failures.
type summary struct {
	areas      map[string]*count
	unexpected []outcome // failed and not listed
	healed     []outcome // passed although listed
	unheard    []string  // listed, but no spec of the suite
}

// judge counts the outcomes. A listed spec counts as known, run or not, unless it passed.
func judge(outcomes []outcome, list known) summary {
	s := summary{areas: map[string]*count{}}
	names := map[string]bool{}
	for _, o := range outcomes {
		names[o.name] = true
		c := s.areas[o.area]
		if c == nil {
			c = &count{}
			s.areas[o.area] = c
		}
		_, listed := list.reason[o.name]
		switch {
		case o.state == types.SpecStatePassed:
			c.passed++
			if listed {
				s.healed = append(s.healed, o)
			}
		case listed:
			c.known++
		case o.ended() && o.state != types.SpecStateSkipped:
			c.failed++
			s.unexpected = append(s.unexpected, o)
		case o.ended(): // it began, and found that it could not
			c.skipped++
		default:
			c.notRun++
		}
	}
	for _, name := range list.names() {
		if !names[name] {
			s.unheard = append(s.unheard, name)
		}
	}
	return s
}

// rows are the areas in order, and their total.
func (s summary) rows() (names []string, total count) {
	names = slices.Sorted(maps.Keys(s.areas))
	for _, c := range s.areas {
		total.add(*c)
	}
	return names, total
}

func (s summary) print(out io.Writer) {
	for _, o := range s.unexpected {
		fmt.Fprintf(out, "FAILED %s\n       %s\n", o.name, o.reason)
	}
	for _, o := range s.healed {
		fmt.Fprintf(out, "PASSED although listed as known to fail, remove it from the list: %s\n", o.name)
	}
	for _, name := range s.unheard {
		fmt.Fprintf(out, "LISTED as known to fail, but the suite has no such spec: %s\n", name)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "area\tpassed\tfailed\tskipped\tknown\tnot run\tall\t")
	line := func(name string, c count) {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t\n", name, c.passed, c.failed, c.skipped, c.known, c.notRun, c.all())
	}
	names, total := s.rows()
	for _, name := range names {
		line(name, *s.areas[name])
	}
	line("all", total)
	_ = w.Flush()
}

// markdown is the page that is kept with the sources.
func (s summary) markdown(list known) []byte {
	var b strings.Builder
	b.WriteString(`# Conformance

How Argosy does in the conformance suite of Kubernetes v1.36.0, by area. The page is written by a run:

    make conformance DOC=docs/conformance.md

Known failures are those of test/conformance/known.txt, with the reason; they count as such whether they were run or not.

| area | passed | failed | skipped | known to fail | not run | all |
|---|---:|---:|---:|---:|---:|---:|
`)
	line := func(name string, c count) {
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d |\n", name, c.passed, c.failed, c.skipped, c.known, c.notRun, c.all())
	}
	names, total := s.rows()
	for _, name := range names {
		line(name, *s.areas[name])
	}
	line("**all**", total)
	if len(list.reasons) > 0 {
		b.WriteString("\nWhy specs are known to fail:\n\n| reason | specs |\n|---|---:|\n")
		for _, reason := range list.reasons {
			fmt.Fprintf(&b, "| %s | %d |\n", reason, len(list.specs[reason]))
		}
	}
	if len(s.unexpected) > 0 {
		b.WriteString("\nFailed in this run without being listed:\n\n")
		for _, o := range s.unexpected {
			fmt.Fprintf(&b, "- %s\n", o.name)
		}
	}
	return []byte(b.String())
}
