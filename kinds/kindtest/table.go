package kindtest

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"argosy.dev/kinds"
)

// noon is the time at which tables are printed.
var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func table(t *testing.T, kind *kinds.Kind) {
	const file = "testdata/table.yaml"
	if _, err := os.Stat(file); err != nil {
		if kind.Columns == nil {
			return
		}
		t.Fatal("the kind has columns, but no objects to print: ", err)
	}
	var out bytes.Buffer
	w := tabwriter.NewWriter(&out, 0, 8, 3, ' ', 0)
	var head []string
	for _, c := range kind.Columns {
		name := strings.ToUpper(c.Name)
		if c.Priority > 0 {
			name = "(" + name + ")"
		}
		head = append(head, name)
	}
	fmt.Fprintln(w, strings.Join(head, "\t"))
	for _, obj := range read(t, kind, file) {
		if kind.Default != nil {
			kind.Default(obj)
		}
		var cells []string
		for _, c := range kind.Columns {
			cells = append(cells, fmt.Sprint(c.Value(obj, noon)))
		}
		if kind.RowConditions != nil {
			for _, c := range kind.RowConditions(obj) {
				cells = append(cells, fmt.Sprintf("[%s=%s %s]", c.Type, c.Status, c.Reason))
			}
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	var trimmed strings.Builder
	for line := range strings.Lines(out.String()) {
		trimmed.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	compare(t, file, ".golden", trimmed.String())
}
