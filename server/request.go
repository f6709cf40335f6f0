package server

import (
	"net/http"
	"strings"

	"k8s.io/apimachinery/pkg/api/validate/content"
	"k8s.io/apimachinery/pkg/fields"

	"argosy.dev/resource"
)

// request is what a request's path and method say.
type request struct {
	// isResource: the path is below /api/v1 or /apis/GROUP/VERSION and names a resource.
	isResource bool
	// verb is Kubernetes' verb for a resource ("list", "deletecollection"), the lower-case method else.
	verb                  string
	group, version        string
	namespace, name       string
	resource, subresource string
	rest                  string // what follows the subresource
	// isWatchPath: the old form of a watch, below /watch/. nested: the path names a namespace before the resource.
	isWatchPath, nested bool
	target              resource.Target
	// begun is called when a watch has told what there is; nil where nobody wants to know.
	begun func()
}

// parse tells a request apart by the API's path rules:
//
//	/api/VERSION/..., /apis/GROUP/VERSION/...
//	.../[watch/]namespaces/NS/RESOURCE[/NAME[/SUBRESOURCE[/REST]]]
//	.../[watch/]RESOURCE[/NAME[/SUBRESOURCE[/REST]]]
func parse(r *http.Request) request {
	q := request{verb: strings.ToLower(r.Method)}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(parts) >= 3 && parts[0] == "api":
		q.version, parts = parts[1], parts[2:]
	case len(parts) >= 4 && parts[0] == "apis":
		q.group, q.version, parts = parts[1], parts[2], parts[3:]
	default:
		return q
	}
	q.isResource = true
	if parts[0] == "watch" && len(parts) > 1 {
		q.isWatchPath, parts = true, parts[1:]
	}
	if parts[0] == "namespaces" && len(parts) > 2 && !namespaceSubresources[parts[2]] {
		q.namespace, q.nested, parts = parts[1], true, parts[2:]
	} else if parts[0] == "namespaces" && len(parts) > 1 {
		q.namespace = parts[1]
	}
	q.resource = parts[0]
	if len(parts) > 1 {
		q.name = parts[1]
	}
	if len(parts) > 2 {
		q.subresource = parts[2]
	}
	if len(parts) > 3 {
		q.rest = strings.Join(parts[3:], "/")
	}
	q.verb = resourceVerb(r, q)
	return q
}

// namespaceSubresources may follow /namespaces/NAME without being a resource in it.
var namespaceSubresources = map[string]bool{"status": true, "finalize": true}

func resourceVerb(r *http.Request, q request) string {
	switch r.Method {
	case http.MethodPost:
		return "create"
	case http.MethodPut:
		return "update"
	case http.MethodPatch:
		return "patch"
	case http.MethodDelete:
		if q.name == "" {
			return "deletecollection"
		}
		return "delete"
	case http.MethodGet, http.MethodHead:
		switch {
		case q.isWatchPath, q.name == "" && isTrue(r, "watch"):
			return "watch"
		case q.name == "":
			return "list"
		}
		return "get"
	}
	return strings.ToLower(r.Method)
}

func isTrue(r *http.Request, parameter string) bool {
	if r.URL.RawQuery == "" {
		return false
	}
	values, ok := r.URL.Query()[parameter]
	return ok && len(values) > 0 && !strings.EqualFold(values[0], "false") && values[0] != "0"
}

// longRunning requests have no deadline and are not counted as work in flight.
func (q request) longRunning() bool {
	if q.verb == "watch" {
		return true
	}
	switch q.subresource {
	case "proxy", "exec", "attach", "portforward", "log":
		return true
	}
	return false
}

func (q request) attributes(r *http.Request) Attributes {
	if !q.isResource {
		return Attributes{Verb: q.verb, Path: r.URL.Path}
	}
	a := Attributes{Verb: q.verb, Group: q.group, Version: q.version, Resource: q.resource,
		Subresource: q.subresource, Namespace: q.namespace, Name: q.name}
	switch q.verb {
	case "list", "watch", "deletecollection":
		if strings.Contains(r.URL.RawQuery, "fieldSelector=") {
			a.narrow(r.URL.Query().Get("fieldSelector"))
		}
	}
	return a
}

// narrow notes a field selector. One that cannot be read narrows nothing; the verb refuses it.
func (a *Attributes) narrow(selector string) {
	s, err := fields.ParseSelector(selector)
	if err != nil {
		return
	}
	a.Fields = s.Requirements()
	if name, ok := s.RequiresExactMatch("metadata.name"); ok && a.Name == "" && len(content.IsPathSegmentName(name)) == 0 {
		a.Name = name
	}
}
