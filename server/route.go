package server

import (
	"net/http"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
	res, ok := s.Pipeline.Lookup(schema.GroupVersionResource{Group: q.group, Version: q.version, Resource: q.resource})
	if !ok {
		notFound(w, r)
		return
	}
	q.target = resource.Target{Resource: res, Version: q.version, Namespace: q.namespace, Name: q.name, Subresource: q.subresource}
	if !res.Kind.Namespaced {
		q.target.Namespace = ""
	} else if q.namespace == "" && (q.name != "" || q.verb == "create" || q.verb == "deletecollection") {
		// A namespaced object cannot be reached without its namespace; only lists and watches span all.
		if q.verb == "create" || q.verb == "deletecollection" {
			methodNotAllowed(w, r, res)
		} else {
			notFound(w, r)
		}
		return
	}
	if q.subresource != "" {
		s.routeSubresource(w, r, q)
		return
	}
	if !res.Kind.Answers(q.verb) || q.verb != "watch" && needsName(q.verb) != (q.name != "") {
		methodNotAllowed(w, r, res)
		return
	}
	s.serveVerb(w, r, q)
}

// needsName tells whether the verb is about one object, whose name is in the path. A watch may be either.
func needsName(verb string) bool {
	switch verb {
	case "get", "update", "patch", "delete":
		return true
	}
	return false
}

func (s *Server) serveVerb(w http.ResponseWriter, r *http.Request, q *request) {
	var err error
	switch q.verb {
	case "get":
		err = s.get(w, r, q.target)
	case "list":
		err = s.list(w, r, q.target)
	case "watch":
		err = s.watch(w, r, q.target)
	case "create":
		err = s.create(w, r, q.target)
	case "update":
		err = s.update(w, r, q.target)
	case "patch":
		err = s.patch(w, r, q.target)
	case "delete":
		err = s.delete(w, r, q.target)
	case "deletecollection":
		err = s.deleteCollection(w, r, q.target)
	default:
		methodNotAllowed(w, r, q.target.Resource)
		return
	}
	if err != nil {
		writeError(w, r, err)
	}
}

func (s *Server) routeSubresource(w http.ResponseWriter, r *http.Request, q *request) {
	sub, ok := q.target.Resource.Kind.Subresource(q.subresource)
	if !ok {
		notFound(w, r)
		return
	}
	if q.rest != "" && !sub.Connect {
		notFound(w, r)
		return
	}
	allowed := false
	for _, v := range sub.Verbs {
		allowed = allowed || v == q.verb
	}
	if !allowed {
		methodNotAllowed(w, r, q.target.Resource)
		return
	}
	if !sub.Connect {
		s.serveVerb(w, r, q)
		return
	}
	c := s.Connectors[q.resource+"/"+q.subresource]
	if c == nil {
		writeError(w, r, apierrors.NewGenericServerResponse(http.StatusNotImplemented, q.verb, q.target.Resource.Kind.GroupResource(), q.name,
			"this server cannot answer "+q.resource+"/"+q.subresource+": the part that does is not running here", 0, true))
		return
	}
	if err := c.Connect(w, r, q.target, q.rest); err != nil {
		writeError(w, r, err)
	}
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
		writeJSON(w, r, http.StatusOK, s.Version)
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

// notFound answers a path that the server does not have. For resources, upstream answers so in plain text too.
func notFound(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write([]byte("404 page not found\n"))
}

// methodNotAllowed refuses a verb that the resource does not have.
func methodNotAllowed(w http.ResponseWriter, r *http.Request, res *resource.Resource) {
	q := requestOf(r)
	err := apierrors.NewMethodNotSupported(res.Kind.GroupResource(), q.verb)
	err.ErrStatus.Reason = metav1.StatusReasonMethodNotAllowed
	writeError(w, r, err)
}
