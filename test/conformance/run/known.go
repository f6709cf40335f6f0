package main

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// known are the specs that are known to fail, each with the reason.
type known struct {
	reasons []string            // in the file's order
	specs   map[string][]string // by reason
	reason  map[string]string   // by spec
}

// readKnown reads the list: "== REASON", and below it the names of specs, one a line; "#" begins a comment.
func readKnown(file string) (known, error) {
	k := known{specs: map[string][]string{}, reason: map[string]string{}}
	f, err := os.Open(file)
	if err != nil {
		return k, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for number, reason := 1, ""; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		heading, isHeading := strings.CutPrefix(line, "== ")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case isHeading:
			reason = heading
			k.reasons = append(k.reasons, reason)
		case reason == "":
			return k, fmt.Errorf("%s:%d: a spec without a reason above it", file, number)
		case k.reason[line] != "":
			return k, fmt.Errorf("%s:%d: %q is listed twice", file, number, line)
		default:
			k.reason[line] = reason
			k.specs[reason] = append(k.specs[reason], line)
		}
	}
	return k, lines.Err()
}

func (k known) names() []string {
	var names []string
	for _, reason := range k.reasons {
		names = append(names, k.specs[reason]...)
	}
	slices.Sort(names)
	return names
}

// exactly is an expression that matches a spec of this name and no other. Ginkgo matches against the suite's description and
// the name.
func exactly(name string) string { return `(^|\s)` + regexp.QuoteMeta(name) + "$" }
