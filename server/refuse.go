package server

import (
	"fmt"
	"net/http"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/resource"
)

// What the server refuses before a request has reached its verb, in the words that clients know.

var noResource = schema.GroupResource{}

// routeError is the router's own refusal: details that name nothing.
func routeError(code int, message string) error {
	return apierrors.NewGenericServerResponse(code, "", noResource, "", message, 0, false)
}

// statusError is a refusal without details.
func statusError(code int32, reason metav1.StatusReason, message string) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: code, Reason: reason, Message: message}}
}

// unknownResource answers a path below a group that the server has.
func unknownResource() error { return routeError(http.StatusNotFound, "") }

// methodNotAllowed refuses a verb that a path does not have.
func methodNotAllowed() error { return routeError(http.StatusMethodNotAllowed, "") }

// notRepresentable refuses an Accept header that has none of the endpoint's media types.
func notRepresentable(can offer) error {
	list := media
	if can.collection {
		list = append(list[:len(list):len(list)], streamMedia...)
	}
	return routeError(http.StatusNotAcceptable, "406: Not Acceptable\n\nAvailable representations: "+strings.Join(list, ", "))
}

// notAcceptable refuses an Accept header whose media types exist, but not as they are asked for.
func notAcceptable(list []string) error {
	return statusError(http.StatusNotAcceptable, metav1.StatusReasonNotAcceptable, "only the following media types are accepted: "+strings.Join(list, ", "))
}

// wrongShape refuses to show one object as a list's metadata, or a list as one object's.
func wrongShape(shape string, t resource.Target, many bool) error {
	message := fmt.Sprintf("you requested %s, but the requested object is not a list (%s)", shape, goName(t.AnswerGVK(), t.Resource.Custom()))
	if many {
		message = fmt.Sprintf("you requested %s, but the requested object is a list (%sList)", shape, goName(t.GVK(), t.Resource.Custom()))
	}
	return statusError(http.StatusNotAcceptable, metav1.StatusReasonNotAcceptable, message)
}

// goName is how messages call the type of an object.
func goName(gvk schema.GroupVersionKind, custom bool) string {
	if custom {
		return "*unstructured.Unstructured"
	}
	return "*" + resource.TypeName(gvk)
}

func unsupportedMedia(accepted []string) error {
	return statusError(http.StatusUnsupportedMediaType, metav1.StatusReasonUnsupportedMediaType,
		"the body of the request was in an unknown format - accepted media types include: "+strings.Join(accepted, ", "))
}

// notFound answers a path that the server knows nothing about.
func notFound(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write([]byte("404 page not found\n"))
}
