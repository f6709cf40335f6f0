package document

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

//go:embed resources.json
var resourcesJSON []byte

// GroupVersion is one served group version and the resources in it.
type GroupVersion struct {
	Group     string     `json:"group"`
	Version   string     `json:"version"`
	Resources []Resource `json:"resources"`
}

// Resource is one resource or subresource, as discovery lists it.
type Resource struct {
	// Name is the resource's name, with its subresource after a slash.
	Name string `json:"name"`
	Kind string `json:"kind"`
	// KindGroup and KindVersion are set when the kind is not of the resource's own group version.
	KindGroup   string   `json:"kindGroup,omitempty"`
	KindVersion string   `json:"kindVersion,omitempty"`
	Namespaced  bool     `json:"namespaced,omitempty"`
	Verbs       []string `json:"verbs"`
	// DeleteReturnsObject is true where the reply to a delete is the object, not a Status.
	DeleteReturnsObject bool `json:"deleteReturnsObject,omitempty"`
}

// GroupVersions reads the served group versions from the data embedded beside this file.
func GroupVersions() ([]GroupVersion, error) {
	var out []GroupVersion
	if err := json.Unmarshal(resourcesJSON, &out); err != nil {
		return nil, fmt.Errorf("reading resources.json: %w", err)
	}
	return out, nil
}

// Packages lists the Go packages whose types the documents describe, sorted.
func Packages() ([]string, error) {
	gvs, err := GroupVersions()
	if err != nil {
		return nil, err
	}
	s := newScheme()
	packages := map[string]bool{
		"k8s.io/apimachinery/pkg/api/resource": true,
		"k8s.io/apimachinery/pkg/apis/meta/v1": true,
		"k8s.io/apimachinery/pkg/runtime":      true,
		"k8s.io/apimachinery/pkg/util/intstr":  true,
		"k8s.io/apimachinery/pkg/version":      true,
	}
	for _, gv := range gvs {
		for _, r := range gv.Resources {
			object, err := s.New(r.gvk(gv))
			if err != nil {
				return nil, fmt.Errorf("finding the type of %s: %w", r.Name, err)
			}
			packages[reflect.TypeOf(object).Elem().PkgPath()] = true
		}
	}
	return slices.Sorted(maps.Keys(packages)), nil
}

// String is the group version as it stands in apiVersion.
func (gv GroupVersion) String() string {
	return schema.GroupVersion{Group: gv.Group, Version: gv.Version}.String()
}

// Path is where the group version is served, without a leading slash: "api/v1", "apis/apps/v1".
func (gv GroupVersion) Path() string {
	if gv.Group == "" {
		return "api/" + gv.Version
	}
	return "apis/" + gv.Group + "/" + gv.Version
}

// gvk is the kind that requests to r carry, or, for the likes of exec and log, the kind of their options or parent.
func (r Resource) gvk(gv GroupVersion) schema.GroupVersionKind {
	if r.KindVersion != "" {
		return schema.GroupVersionKind{Group: r.KindGroup, Version: r.KindVersion, Kind: r.Kind}
	}
	return schema.GroupVersionKind{Group: gv.Group, Version: gv.Version, Kind: r.Kind}
}

// split separates a subresource from its resource; sub is empty for the resource itself.
func (r Resource) split() (name, sub string) {
	name, sub, _ = strings.Cut(r.Name, "/")
	return name, sub
}

// connects is true for the subresources that hand the connection on, such as exec and proxy.
func (r Resource) connects() bool {
	_, sub := r.split()
	return sub != "" && strings.HasSuffix(r.Kind, "Options")
}

func (r Resource) has(verb string) bool { return slices.Contains(r.Verbs, verb) }
