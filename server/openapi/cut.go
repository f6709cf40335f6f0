package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// cut knows what a server does not serve and takes it out of documents.
type cut struct {
	options Options
	// groups and versions are those with at least one served resource; a version is its document's path.
	groups, versions map[string]bool
	// all is everything that is not served, for the document that describes everything.
	all []string
}

func newCut(options Options) *cut {
	if options.Resource == nil {
		options.Resource = func(_, _, _ string) bool { return true }
	}
	if options.Path == nil {
		options.Path = func(string) bool { return true }
	}
	c := &cut{options: options, groups: map[string]bool{}, versions: map[string]bool{}}
	for i := range builtin {
		s := &builtin[i]
		if s.version == "" {
			if free := "/" + s.path; s.free() && !options.Path(free) {
				c.all = append(c.all, free)
			}
			continue
		}
		for _, r := range s.resources {
			if options.Resource(s.group, s.version, r) {
				c.versions[s.path], c.groups[s.group] = true, true
			} else {
				c.all = append(c.all, s.path+"/"+r)
			}
		}
	}
	return c
}

// free is true for the document of a path that belongs to no group and that a server may do without.
func (s *stored) free() bool {
	_, group := isGroup(s.path)
	return s.version == "" && !group && s.path != "api" && s.path != "apis" && s.path != v2Path
}

// missing lists what a stored document describes and the server does not serve; serve is false when that is all of it.
func (c *cut) missing(s *stored) (missing []string, serve bool) {
	switch group, ok := isGroup(s.path); {
	case ok:
		return nil, c.groups[group]
	case s.path == v2Path:
		return c.all, true
	case s.path == "api":
		return nil, c.groups[""]
	case s.free():
		return nil, c.options.Path("/" + s.path)
	case s.version == "":
		return nil, true
	}
	for _, r := range s.resources {
		if !c.options.Resource(s.group, s.version, r) {
			missing = append(missing, r)
		}
	}
	return missing, c.versions[s.path]
}

// keeps says whether a path of a document is served.
func (c *cut) keeps(path string) bool {
	path = strings.Trim(path, "/")
	parts := strings.Split(path, "/")
	var group, version string
	var rest []string
	switch {
	case path == "api":
		return c.groups[""]
	case path == "apis":
		return true
	case parts[0] == "api":
		version, rest = parts[1], parts[2:]
	case parts[0] == "apis" && len(parts) == 2:
		return c.groups[parts[1]]
	case parts[0] == "apis":
		group, version, rest = parts[1], parts[2], parts[3:]
	default:
		return c.options.Path("/" + path)
	}
	if len(rest) == 0 {
		return c.versions[path]
	}
	return c.options.Resource(group, version, resourceOf(rest))
}

// resourceOf gives the resource that a path inside a group version is about, by its name in discovery.
func resourceOf(rest []string) string {
	if rest[0] == "watch" && len(rest) > 1 {
		rest = rest[1:]
	}
	if len(rest) > 2 && rest[0] == "namespaces" && rest[1] == "{namespace}" {
		rest = rest[2:]
	}
	if len(rest) > 2 {
		return rest[0] + "/" + rest[2]
	}
	return rest[0]
}

type raw = map[string]json.RawMessage

// documentV3 is a v3 document, of which only the outermost layers are taken apart.
type documentV3 struct {
	OpenAPI    json.RawMessage `json:"openapi"`
	Info       json.RawMessage `json:"info"`
	Paths      raw             `json:"paths"`
	Components struct {
		Schemas         raw             `json:"schemas,omitempty"`
		SecuritySchemes json.RawMessage `json:"securitySchemes,omitempty"`
	} `json:"components"`
}

// documentV2 is the v2 document, likewise.
type documentV2 struct {
	Swagger             json.RawMessage `json:"swagger"`
	Info                json.RawMessage `json:"info"`
	Paths               raw             `json:"paths"`
	Definitions         raw             `json:"definitions"`
	Parameters          raw             `json:"parameters,omitempty"`
	SecurityDefinitions json.RawMessage `json:"securityDefinitions,omitempty"`
	Security            json.RawMessage `json:"security,omitempty"`
}

// apply takes the paths that are not served out of a document, and then the schemas that nothing left refers to.
func (c *cut) apply(path string, data []byte) ([]byte, error) {
	if path == v2Path {
		var doc documentV2
		if err := json.Unmarshal(data, &doc); err != nil {
			return nil, fmt.Errorf("reading the v2 document: %w", err)
		}
		c.paths(doc.Paths)
		prune(doc.Parameters, "#/parameters/", doc.Paths)
		prune(doc.Definitions, "#/definitions/", doc.Paths, doc.Parameters)
		return encode(doc)
	}
	var doc documentV3
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("reading the document of %s: %w", path, err)
	}
	c.paths(doc.Paths)
	prune(doc.Components.Schemas, "#/components/schemas/", doc.Paths)
	return encode(doc)
}

func (c *cut) paths(paths raw) {
	for path := range paths {
		if !c.keeps(path) {
			delete(paths, path)
		}
	}
}

// prune removes the components that are not referred to, from the roots or from a component that is. The names of
// components need no escaping in references, so a reference is found by its text.
func prune(components raw, prefix string, roots ...raw) {
	reached := map[string]bool{}
	var queue [][]byte
	for _, root := range roots {
		for _, data := range root {
			queue = append(queue, data)
		}
	}
	opening := []byte(`"` + prefix)
	for len(queue) > 0 {
		data := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for {
			_, after, found := bytes.Cut(data, opening)
			if !found {
				break
			}
			name, after, _ := bytes.Cut(after, []byte(`"`))
			data = after
			if !reached[string(name)] {
				reached[string(name)] = true
				queue = append(queue, components[string(name)])
			}
		}
	}
	for name := range components {
		if !reached[name] {
			delete(components, name)
		}
	}
}

// encode writes JSON as the stored documents have it, with nothing escaped that need not be.
func encode(document any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(document); err != nil {
		return nil, fmt.Errorf("encoding an OpenAPI document: %w", err)
	}
	return slices.Clip(bytes.TrimSuffix(out.Bytes(), []byte("\n"))), nil
}
