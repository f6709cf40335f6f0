package document

import (
	"net/http"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/kube-openapi/pkg/common"
)

// Media types that requests and replies have.
const (
	mediaAny             = "*/*"
	mediaJSON            = "application/json"
	mediaYAML            = "application/yaml"
	mediaProtobuf        = "application/vnd.kubernetes.protobuf"
	mediaText            = "text/plain"
	mediaJSONStream      = "application/json;stream=watch"
	mediaProtobufStream  = "application/vnd.kubernetes.protobuf;stream=watch"
	mediaJSONPatch       = "application/json-patch+json"
	mediaMergePatch      = "application/merge-patch+json"
	mediaStrategicPatch  = "application/strategic-merge-patch+json"
	mediaApplyPatch      = "application/apply-patch+yaml"
	mediaKeySet          = "application/jwk-set+json"
	extensionAction      = "x-kubernetes-action"
	namespaceDescription = "object name and auth scope, such as for teams and projects"
)

var (
	producesObject = []string{mediaJSON, mediaYAML, mediaProtobuf}
	producesStream = []string{mediaJSON, mediaYAML, mediaProtobuf, mediaJSONStream, mediaProtobufStream}
	consumesPatch  = []string{mediaJSONPatch, mediaMergePatch, mediaStrategicPatch, mediaApplyPatch}
)

// route is one operation on one path, in the form that kube-openapi's builders read.
type route struct {
	method, path      string
	id, tag           string
	description       string
	action            string
	gvk               schema.GroupVersionKind
	consumes          []string
	produces          []string
	parameters        []parameter
	body              any
	responses         []response
	responseIfNoCodes any
}

type response struct {
	code  int
	model any
}

func (r *route) Method() string             { return r.method }
func (r *route) Path() string               { return r.path }
func (r *route) OperationName() string      { return r.id }
func (r *route) Description() string        { return r.description }
func (r *route) Consumes() []string         { return r.consumes }
func (r *route) Produces() []string         { return r.produces }
func (r *route) RequestPayloadSample() any  { return r.body }
func (r *route) ResponsePayloadSample() any { return r.responseIfNoCodes }

func (r *route) Parameters() []common.Parameter {
	out := make([]common.Parameter, len(r.parameters))
	for i, p := range r.parameters {
		out[i] = p
	}
	return out
}

func (r *route) Metadata() map[string]any {
	if r.action == "" {
		return nil
	}
	return map[string]any{extensionAction: r.action, extensionGVK: gvkExtension(r.gvk)}
}

func (r *route) StatusCodeResponses() []common.StatusCodeResponse {
	out := make([]common.StatusCodeResponse, len(r.responses))
	for i, s := range r.responses {
		out[i] = s
	}
	return out
}

func (s response) Code() int       { return s.code }
func (s response) Message() string { return http.StatusText(s.code) }
func (s response) Model() any      { return s.model }

// parameter is one parameter of an operation.
type parameter struct {
	name, description string
	kind              common.ParameterKind
	dataType          string
	required          bool
}

func (p parameter) Name() string               { return p.name }
func (p parameter) Description() string        { return p.description }
func (p parameter) Required() bool             { return p.required }
func (p parameter) Kind() common.ParameterKind { return p.kind }
func (p parameter) DataType() string           { return p.dataType }
func (p parameter) AllowMultiple() bool        { return false }

// routes is the set of routes of one document.
type routes []*route

func (rs routes) RootPath() string                   { return "" }
func (rs routes) PathParameters() []common.Parameter { return nil }

func (rs routes) Routes() []common.Route {
	out := make([]common.Route, len(rs))
	for i, r := range rs {
		out[i] = r
	}
	return out
}
