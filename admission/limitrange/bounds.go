package limitrange

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

func names(list corev1.ResourceList) []corev1.ResourceName { return slices.Sorted(maps.Keys(list)) }

// one turns a complaint into the list that it is the only member of, "" into none.
func one(complaint string) []error {
	if complaint == "" {
		return nil
	}
	return []error{errors.New(complaint)}
}

func least(kind corev1.LimitType, name corev1.ResourceName, bound resource.Quantity, requests, limits corev1.ResourceList) []error {
	request, has := requests[name]
	limit, limited := limits[name]
	switch {
	case !has:
		return one(fmt.Sprintf("minimum %s usage per %s is %s.  No request is specified", name, kind, bound.String()))
	case request.Cmp(bound) < 0:
		return one(fmt.Sprintf("minimum %s usage per %s is %s, but request is %s", name, kind, bound.String(), request.String()))
	case limited && limit.Cmp(bound) < 0:
		return one(fmt.Sprintf("minimum %s usage per %s is %s, but limit is %s", name, kind, bound.String(), limit.String()))
	}
	return nil
}

func most(kind corev1.LimitType, name corev1.ResourceName, bound resource.Quantity, requests, limits corev1.ResourceList) []error {
	request, has := requests[name]
	limit, limited := limits[name]
	switch {
	case !limited:
		return one(fmt.Sprintf("maximum %s usage per %s is %s.  No limit is specified", name, kind, bound.String()))
	case limit.Cmp(bound) > 0:
		return one(fmt.Sprintf("maximum %s usage per %s is %s, but limit is %s", name, kind, bound.String(), limit.String()))
	case has && request.Cmp(bound) > 0:
		return one(fmt.Sprintf("maximum %s usage per %s is %s, but request is %s", name, kind, bound.String(), request.String()))
	}
	return nil
}

// mostRequested bounds what has requests and no limits: storage.
func mostRequested(kind corev1.LimitType, name corev1.ResourceName, bound resource.Quantity, requests corev1.ResourceList) []error {
	request, has := requests[name]
	switch {
	case !has:
		return one(fmt.Sprintf("maximum %s usage per %s is %s.  No request is specified", name, kind, bound.String()))
	case request.Cmp(bound) > 0:
		return one(fmt.Sprintf("maximum %s usage per %s is %s, but request is %s", name, kind, bound.String(), request.String()))
	}
	return nil
}

func ratio(kind corev1.LimitType, name corev1.ResourceName, bound resource.Quantity, requests, limits corev1.ResourceList) []error {
	request, limit := requests[name], limits[name]
	switch {
	case request.IsZero():
		return one(fmt.Sprintf("%s max limit to request ratio per %s is %s, but no request is specified or request is 0", name, kind, bound.String()))
	case limit.IsZero():
		return one(fmt.Sprintf("%s max limit to request ratio per %s is %s, but no limit is specified or limit is 0", name, kind, bound.String()))
	}
	if got := limit.AsApproximateFloat64() / request.AsApproximateFloat64(); got > bound.AsApproximateFloat64() {
		return one(fmt.Sprintf("%s max limit to request ratio per %s is %s, but provided ratio is %f", name, kind, bound.String(), got))
	}
	return nil
}
