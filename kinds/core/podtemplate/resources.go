package podtemplate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/sets"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// validateRequirements checks limits, requests and claims of a container, below path.
func (s *scope) validateRequirements(r *corev1.ResourceRequirements, path *field.Path) field.ErrorList {
	limits, requests := path.Child("limits"), path.Child("requests")
	var errs field.ErrorList
	pages, base := false, false
	note := func(name corev1.ResourceName) {
		pages = pages || hugePages(string(name))
		base = base || name == corev1.ResourceCPU || name == corev1.ResourceMemory
	}
	for _, name := range slices.Sorted(maps.Keys(r.Limits)) {
		note(name)
		errs = append(errs, validateAmount(name, r.Limits[name], limits.Key(string(name)))...)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Requests)) {
		note(name)
		errs = append(errs, validateAmount(name, r.Requests[name], requests.Key(string(name)))...)
		errs = append(errs, validateRequest(name, r, limits, requests)...)
	}
	if pages && !base {
		errs = append(errs, field.Forbidden(path, "HugePages require cpu or memory"))
	}
	return append(errs, s.validateClaimRefs(r.Claims, path.Child("claims"))...)
}

func validateAmount(name corev1.ResourceName, q resource.Quantity, path *field.Path) field.ErrorList {
	errs := validateContainerResource(string(name), path)
	errs = append(errs, rules.ResourceValue(string(name), q, path)...)
	if hugePages(string(name)) && !wholePages(string(name), q) {
		errs = append(errs, field.Invalid(path, q.String(), fmt.Sprintf("%s is not positive integer multiple of %s", q.String(), name)))
	}
	return errs
}

func validateRequest(name corev1.ResourceName, r *corev1.ResourceRequirements, limits, requests *field.Path) field.ErrorList {
	request := r.Requests[name]
	limit, limited := r.Limits[name]
	divisible := overcommittable(string(name))
	switch {
	case !limited && !divisible:
		return field.ErrorList{field.Required(limits, "Limit must be set for non overcommitable resources")}
	case !limited:
		return nil
	case !divisible && request.Cmp(limit) != 0:
		return field.ErrorList{field.Invalid(requests, request.String(), fmt.Sprintf("must be equal to %s limit of %s", name, limit.String()))}
	case request.Cmp(limit) > 0:
		return field.ErrorList{field.Invalid(requests, request.String(), fmt.Sprintf("must be less than or equal to %s limit of %s", name, limit.String()))}
	}
	return nil
}

// Only what the node itself hands out can be promised twice, and huge pages cannot even so.
func overcommittable(name string) bool { return rules.NativeResource(name) && !hugePages(name) }

func hugePages(name string) bool { return strings.HasPrefix(name, corev1.ResourceHugePagesPrefix) }

func wholePages(name string, q resource.Quantity) bool {
	size, err := resource.ParseQuantity(strings.TrimPrefix(name, corev1.ResourceHugePagesPrefix))
	if err != nil || size.Value() <= 0 {
		return false
	}
	return q.Value() >= 0 && q.MilliValue()%(size.Value()*1000) == 0
}

func validateContainerResource(name string, path *field.Path) field.ErrorList {
	errs := rules.Each(utilvalidation.IsQualifiedName(name), name, path)
	domain := strings.Contains(name, "/")
	if len(errs) == 0 && !domain && !rules.StandardResource(name) {
		errs = append(errs, field.Invalid(path, name, "must be a standard resource type or fully qualified"))
	}
	if !domain && !containerResource(name) {
		errs = append(errs, field.Invalid(path, name, "must be a standard resource for containers"))
	}
	if domain && !rules.NativeResource(name) && !rules.ExtendedResource(name) {
		errs = append(errs, field.Invalid(path, name, "doesn't follow extended resource name standard"))
	}
	return errs
}

func containerResource(name string) bool {
	switch corev1.ResourceName(name) {
	case corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage:
		return true
	}
	return hugePages(name)
}

// What is resized and how. (KEP-1287)
func (s *scope) validateResizePolicy(list []corev1.ContainerResizePolicy, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	seen := map[corev1.ResourceName]bool{}
	for i := range list {
		p := &list[i]
		if seen[p.ResourceName] {
			errs = append(errs, field.Duplicate(path.Index(i), p.ResourceName))
		}
		seen[p.ResourceName] = true
		errs = append(errs, rules.OneOf(p.ResourceName, path, corev1.ResourceCPU, corev1.ResourceMemory)...)
		errs = append(errs, rules.OneOf(p.RestartPolicy, path, corev1.NotRequired, corev1.RestartContainer)...)
		if s.spec.RestartPolicy == corev1.RestartPolicyNever && p.RestartPolicy != corev1.NotRequired {
			errs = append(errs, field.Invalid(path, p.RestartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'"))
		}
	}
	return errs
}

func (s *scope) validateClaimRefs(refs []corev1.ResourceClaim, path *field.Path) field.ErrorList {
	seen := sets.New[string]()
	names := s.claimNames()
	var errs field.ErrorList
	for i, ref := range refs {
		at := path.Index(i)
		if ref.Name == "" {
			errs = append(errs, field.Required(at, ""))
			continue
		}
		id := ref.Name
		if ref.Request != "" {
			errs = append(errs, rules.Each(utilvalidation.IsDNS1123Label(ref.Request), ref.Request, at.Child("request"))...)
			id += "/" + ref.Request
		}
		if seen.Has(id) || seen.Has(ref.Name) {
			errs = append(errs, field.Duplicate(at, id))
		}
		seen.Insert(id)
		if !s.claims.Has(ref.Name) {
			e := field.NotFound(at, ref.Name)
			e.Detail = "must be one of the names in pod.spec.resourceClaims" + names
			errs = append(errs, e)
		}
	}
	return errs
}

// claimNames tells in a message which names there are; not all of very many, for each wrong reference has the list.
func (s *scope) claimNames() string {
	const most = 1024
	if s.claims.Len() == 0 {
		return " which is empty"
	}
	names := ": " + strings.Join(sets.List(s.claims), ", ")
	if len(names) > most {
		return strings.ToValidUTF8(names[:most], "") + "..."
	}
	return names
}
