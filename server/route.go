package server

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/validate/content"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/resource"
)

// route sends a request to its verb, or to what is not a resource.
func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	q := requestOf(r)
	if !q.isResource {
		s.routePath(w, r)
		return
	}
	switch err := s.routeResource(w, r, q); {
	case errors.Is(err, errNoGroup):
		notFound(w, r)
	case err != nil:
		writeError(w, r, err)
	}
}

// errNoGroup: nobody here answers for the API group.
var errNoGroup = errors.New("the group is not served")

func (s *Server) routeResource(w http.ResponseWriter, r *http.Request, q *request) error {
	res, ok := s.Pipeline.Lookup(schema.GroupVersionResource{Group: q.group, Version: q.version, Resource: q.resource})
	switch {
	case !ok && !s.Pipeline.HasGroup(q.group):
		return errNoGroup
	case !ok, q.nested && !res.Kind.Namespaced:
		return unknownResource()
	}
	q.target = resource.Target{Resource: res, Version: q.version, Namespace: q.namespace, Name: q.name, Subresource: q.subresource}
	if !res.Kind.Namespaced {
		q.target.Namespace = ""
	} else if q.namespace == "" && q.name != "" {
		// Only lists and watches span all namespaces.
		return unknownResource()
	}
	if q.isWatchPath && (r.Method != http.MethodGet || q.subresource != "") {
		return methodNotAllowed()
	}
	if !methods[r.Method] {
		return methodNotAllowed()
	}
	if deprecated := q.target.Deprecated(); deprecated != "" {
		addWarning(w, deprecated)
	}
	if q.subresource != "" {
		return s.routeSubresource(w, r, q)
	}
	acrossNamespaces := res.Kind.Namespaced && q.namespace == "" && (q.verb == "create" || q.verb == "deletecollection")
	if acrossNamespaces || !res.Kind.Answers(q.verb) || q.verb != "watch" && needsName(q.verb) != (q.name != "") {
		return methodNotAllowed()
	}
	if err := checkSegments(q); err != nil {
		return err
	}
	return s.serveVerb(w, r, q)
}

// methods are those that resources know at all.
var methods = map[string]bool{http.MethodGet: true, http.MethodPost: true, http.MethodPut: true, http.MethodPatch: true, http.MethodDelete: true}

// checkSegments refuses names that could not be part of a path.
func checkSegments(q *request) error {
	if bad := content.IsPathSegmentName(q.name); q.name != "" && len(bad) > 0 {
		return apierrors.NewBadRequest(fmt.Sprintf("Name parameter invalid: %q: %s", q.name, strings.Join(bad, ";")))
	}
	if bad := content.IsPathSegmentName(q.namespace); q.namespace != "" && len(bad) > 0 {
		return apierrors.NewBadRequest(fmt.Sprintf("Namespace parameter invalid: %q: %s", q.namespace, strings.Join(bad, ";")))
	}
	return nil
}

// needsName tells whether the verb is about one object, whose name is in the path. A watch may be either.
func needsName(verb string) bool {
	switch verb {
	case "get", "update", "patch", "delete":
		return true
	}
	return false
}

func (s *Server) serveVerb(w http.ResponseWriter, r *http.Request, q *request) error {
	switch q.verb {
	case "get":
		return s.get(w, r, q.target)
	case "list":
		return s.list(w, r, q.target)
	case "watch":
		return s.watch(w, r, q.target)
	case "create":
		return s.create(w, r, q.target)
	case "update":
		return s.update(w, r, q.target)
	case "patch":
		return s.patch(w, r, q.target)
	case "delete":
		return s.delete(w, r, q.target)
	case "deletecollection":
		return s.deleteCollection(w, r, q.target)
	}
	return methodNotAllowed()
}

func (s *Server) routeSubresource(w http.ResponseWriter, r *http.Request, q *request) error {
	sub, ok := q.target.Resource.Kind.Subresource(q.subresource)
	if !ok || q.rest != "" && !sub.Connect {
		return unknownResource()
	}
	if !slices.Contains(sub.Verbs, q.verb) {
		return methodNotAllowed()
	}
	if err := checkSegments(q); err != nil {
		return err
	}
	if !sub.Connect {
		return s.serveVerb(w, r, q)
	}
	c := s.Connectors[q.resource+"/"+q.subresource]
	if c == nil {
		return apierrors.NewGenericServerResponse(http.StatusNotImplemented, q.verb, q.target.Resource.Kind.GroupResource(), q.name,
			"this server cannot answer "+q.resource+"/"+q.subresource+": the part that does is not running here", 0, true)
	}
	return c.Connect(w, r, q.target, q.rest)
}

// routePath serves what is not a resource.
func (s *Server) routePath(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	trimmed := strings.TrimSuffix(path, "/")
	switch {
	case trimmed == "/api" || trimmed == "/apis" || strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/apis/"):
		s.discovery(w, r, trimmed)
	case path == "/healthz" || path == "/livez" || path == "/readyz" || strings.HasPrefix(path, "/healthz/") || strings.HasPrefix(path, "/livez/") || strings.HasPrefix(path, "/readyz/"):
		s.serveHealth(w, r)
	case trimmed == "/version":
		writeRaw(w, r, http.StatusOK, s.Version)
	case path == "/metrics":
		s.Metrics.ServeHTTP(w, r)
	case strings.HasPrefix(path, "/openapi/") && s.OpenAPI != nil:
		s.OpenAPI.ServeHTTP(w, r)
	case path == "/":
		s.rootPaths(w, r)
	default:
		if h := s.public(path); h != nil {
			h.ServeHTTP(w, r)
			return
		}
		notFound(w, r)
	}
}

func (s *Server) public(path string) http.Handler {
	if h := s.Public[path]; h != nil {
		return h
	}
	for prefix, h := range s.Public {
		if strings.HasSuffix(prefix, "/") && strings.HasPrefix(path, prefix) {
			return h
		}
	}
	return nil
}
