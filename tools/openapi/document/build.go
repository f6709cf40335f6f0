package document

import (
	"encoding/json"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/kube-openapi/pkg/builder"
	"k8s.io/kube-openapi/pkg/builder3"
	"k8s.io/kube-openapi/pkg/common"
	"k8s.io/kube-openapi/pkg/spec3"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

// V2 is the key of the v2 document among the built ones.
const V2 = "v2"

// bearerToken is the one way to authenticate that the documents tell of.
const bearerToken = "BearerToken"

// Build makes every document as JSON: the v3 ones by the path under /openapi/v3 that serves them, the v2 one under [V2].
func Build(definitions common.GetOpenAPIDefinitions) (map[string][]byte, error) {
	scheme := newScheme()
	byPath, err := allRoutes(scheme)
	if err != nil {
		return nil, err
	}
	gvs, err := GroupVersions()
	if err != nil {
		return nil, err
	}
	ofPath := map[string]*GroupVersion{}
	for i := range gvs {
		ofPath[gvs[i].Path()] = &gvs[i]
	}
	info := apiInfo()
	out := make(map[string][]byte, len(byPath)+1)
	for path, rs := range byPath {
		name := definitionNamer(scheme, ofPath[path])
		if out[path], err = buildV3(rs, definitions, name, info); err != nil {
			return nil, fmt.Errorf("building the document of %s: %w", path, err)
		}
	}
	if out[V2], err = buildV2(byPath, definitions, definitionNamer(scheme, nil), info); err != nil {
		return nil, fmt.Errorf("building the v2 document: %w", err)
	}
	return out, nil
}

// allRoutes makes the routes of every document, by the document's path.
func allRoutes(scheme *runtime.Scheme) (map[string]routes, error) {
	gvs, err := GroupVersions()
	if err != nil {
		return nil, err
	}
	out := rootRoutes()
	for _, gv := range gvs {
		if gv.Group != "" {
			out["apis/"+gv.Group] = groupRoutes(gv.Group)
		}
		rs, parents := resourceListRoutes(gv), map[string]string{}
		for _, r := range gv.Resources {
			if name, sub := r.split(); sub == "" {
				parents[name] = r.Kind
			}
		}
		for _, r := range gv.Resources {
			name, _ := r.split()
			more, err := resourceRoutes(scheme, gv, r, parents[name])
			if err != nil {
				return nil, err
			}
			rs = append(rs, more...)
		}
		out[gv.Path()] = rs
	}
	return out, nil
}

func buildV3(rs routes, definitions common.GetOpenAPIDefinitions, name definitionName, info *spec.Info) ([]byte, error) {
	doc, err := builder3.BuildOpenAPISpecFromRoutes([]common.RouteContainer{rs}, &common.OpenAPIV3Config{
		Info:            info,
		GetDefinitions:  definitions,
		CommonResponses: map[int]*spec3.Response{401: {ResponseProps: spec3.ResponseProps{Description: "Unauthorized"}}},
		SecuritySchemes: spec3.SecuritySchemes{bearerToken: {SecuritySchemeProps: spec3.SecuritySchemeProps{
			Type: "apiKey", Name: "authorization", In: "header", Description: "Bearer Token authentication",
		}}},
		GetDefinitionName:              name,
		GetOperationIDAndTagsFromRoute: operationAndTags,
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(doc)
}

func buildV2(byPath map[string]routes, definitions common.GetOpenAPIDefinitions, name definitionName, info *spec.Info) ([]byte, error) {
	var containers []common.RouteContainer
	for _, path := range slices.Sorted(maps.Keys(byPath)) {
		containers = append(containers, byPath[path])
	}
	doc, err := builder.BuildOpenAPISpecFromRoutes(containers, &common.Config{
		ProtocolList:    []string{"https"},
		Info:            info,
		GetDefinitions:  definitions,
		CommonResponses: map[int]spec.Response{401: {ResponseProps: spec.ResponseProps{Description: "Unauthorized"}}},
		SecurityDefinitions: &spec.SecurityDefinitions{bearerToken: {SecuritySchemeProps: spec.SecuritySchemeProps{
			Type: "apiKey", Name: "authorization", In: "header", Description: "Bearer Token authentication",
		}}},
		DefaultSecurity:                []map[string][]string{{bearerToken: {}}},
		GetDefinitionName:              name,
		GetOperationIDAndTagsFromRoute: operationAndTags,
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(doc)
}

type definitionName = func(name string) (string, spec.Extensions)

func operationAndTags(r common.Route) (string, []string, error) {
	rt, ok := r.(*route)
	if !ok {
		return "", nil, fmt.Errorf("unexpected route %T", r)
	}
	return rt.id, []string{rt.tag}, nil
}

// apiInfo tells the version of Kubernetes whose API this is: that of the API types.
func apiInfo() *spec.Info {
	version := "unversioned"
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range build.Deps {
			if rest, ok := strings.CutPrefix(dep.Version, "v0."); ok && dep.Path == "k8s.io/api" {
				version = "v1." + rest
			}
		}
	}
	return &spec.Info{InfoProps: spec.InfoProps{Title: "Kubernetes", Version: version}}
}
