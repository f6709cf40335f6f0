package kindtest

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"

	"argosy.dev/kinds"
)

var update = flag.Bool("update", false, "write the goldens of kinds instead of comparing with them")

// examples calls look with each file that matches, by name.
func examples(t *testing.T, pattern string, look func(t *testing.T, file string)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) { look(t, file) })
	}
}

// read decodes the documents of a file; nothing in them may be unknown.
func read(t *testing.T, kind *kinds.Kind, file string) []kinds.Object {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []kinds.Object
	for doc := range bytes.SplitSeq(text, []byte("\n---\n")) {
		obj := kind.New()
		if err := yaml.UnmarshalStrict(doc, obj); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if gvk := obj.GetObjectKind().GroupVersionKind(); gvk != kind.GVK {
			t.Fatalf("%s: holds a %v, want a %v", file, gvk, kind.GVK)
		}
		if kind.Namespaced && obj.GetNamespace() == "" {
			obj.SetNamespace("default")
		}
		list = append(list, obj)
	}
	return list
}

func readOne(t *testing.T, kind *kinds.Kind, file string) kinds.Object {
	t.Helper()
	list := read(t, kind, file)
	if len(list) != 1 {
		t.Fatalf("%s: holds %d objects, want one", file, len(list))
	}
	return list[0]
}

// compare holds got against the golden beside an example, which has the example's name with another extension.
func compare(t *testing.T, example, extension, got string) {
	t.Helper()
	golden := strings.TrimSuffix(example, ".yaml") + extension
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("%v (-update writes it)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update accepts it):\n%s", golden, diff)
	}
}

// lines writes one mistake a line; messages of several lines are cut after the first.
func lines(errs field.ErrorList) string {
	var b strings.Builder
	for _, err := range errs {
		first, _, _ := strings.Cut(err.Error(), "\n")
		b.WriteString(first + "\n")
	}
	return b.String()
}
