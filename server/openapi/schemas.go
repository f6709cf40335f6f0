package openapi

import (
	"encoding/json"
	"fmt"
	"slices"

	"k8s.io/kube-openapi/pkg/validation/spec"
)

// Schemas are the schemas of a built-in group version, by the names by which they refer to each other.
func Schemas(group, version string) (map[string]*spec.Schema, error) {
	i := slices.IndexFunc(builtin, func(s stored) bool { return s.group == group && s.version == version })
	if i < 0 {
		return nil, fmt.Errorf("there is no OpenAPI document of %s/%s", group, version)
	}
	text, err := body{gzip: *builtin[i].gzip, size: builtin[i].size}.inflate()
	if err != nil {
		return nil, fmt.Errorf("opening the OpenAPI document of %s/%s: %w", group, version, err)
	}
	var document struct {
		Components struct {
			Schemas map[string]*spec.Schema `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("reading the OpenAPI document of %s/%s: %w", group, version, err)
	}
	return document.Components.Schemas, nil
}
