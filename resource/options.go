package resource

import (
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

var (
	matchPath = field.NewPath("resourceVersionMatch")
	sendPath  = field.NewPath("sendInitialEvents")
)

// check finds what contradicts itself in the options of a list.
func (o ListOptions) check() error {
	var errs field.ErrorList
	if o.Match != "" {
		if o.ResourceVersion == "" {
			errs = append(errs, field.Forbidden(matchPath, "resourceVersionMatch is forbidden unless resourceVersion is provided"))
		}
		if o.Continue != "" {
			errs = append(errs, field.Forbidden(matchPath, "resourceVersionMatch is forbidden when continue is provided"))
		}
		if o.Match != metav1.ResourceVersionMatchExact && o.Match != metav1.ResourceVersionMatchNotOlderThan {
			errs = append(errs, field.NotSupported(matchPath, o.Match, []metav1.ResourceVersionMatch{metav1.ResourceVersionMatchExact, metav1.ResourceVersionMatchNotOlderThan, ""}))
		}
		if o.Match == metav1.ResourceVersionMatchExact && o.ResourceVersion == "0" {
			errs = append(errs, field.Forbidden(matchPath, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""))
		}
	}
	if o.SendInitialEvents != nil {
		errs = append(errs, field.Forbidden(sendPath, "sendInitialEvents is forbidden for list"))
	}
	return invalidListOptions(errs)
}

// check finds what contradicts itself in the options of a watch.
func (o WatchOptions) check() error {
	var errs field.ErrorList
	if o.SendInitialEvents == nil {
		if o.Match != "" {
			errs = append(errs, field.Forbidden(matchPath, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"))
		}
		return invalidListOptions(errs)
	}
	if o.Match != metav1.ResourceVersionMatchNotOlderThan {
		errs = append(errs, field.Forbidden(matchPath, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"))
		if o.Match != "" {
			errs = append(errs, field.NotSupported(matchPath, o.Match, []metav1.ResourceVersionMatch{metav1.ResourceVersionMatchNotOlderThan}))
		}
	}
	return invalidListOptions(errs)
}

func invalidListOptions(errs field.ErrorList) error {
	if len(errs) == 0 {
		return nil
	}
	return apierrors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: "ListOptions"}, "", errs)
}
