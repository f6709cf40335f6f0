package nonsense

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

// Examples reads from the directory of kinds one valid object of each that has one, plain.yaml where there are several. None has a namespace.
func Examples(dir string) (map[schema.GroupVersionKind]map[string]any, error) {
	all := map[schema.GroupVersionKind]map[string]any{}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Base(filepath.Dir(path)) != "valid" || filepath.Ext(path) != ".yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		first, _, _ := strings.Cut(string(text), "\n---\n")
		u := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(first), &u.Object); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if gvk := u.GroupVersionKind(); all[gvk] == nil || filepath.Base(path) == "plain.yaml" {
			u.SetNamespace("")
			all[gvk] = u.Object
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the examples of kinds: %w", err)
	}
	return all, nil
}
