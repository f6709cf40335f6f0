package prioritylevelconfiguration

import (
	"fmt"

	flowcontrolv1 "k8s.io/api/flowcontrol/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

const (
	// maxQueues keeps one level's queues countable.
	maxQueues = 10_000_000
	// hashBits are how many bits of a flow's hash may be used up by dealing it a hand of queues.
	hashBits = 60
)

func validate(l *flowcontrolv1.PriorityLevelConfiguration) field.ErrorList {
	return append(validateMandatory(l), validateSpec(&l.Spec, field.NewPath("spec"))...)
}

// The levels without which the server would not work are what they are, but for how much the exempt one lends.
func validateMandatory(l *flowcontrolv1.PriorityLevelConfiguration) field.ErrorList {
	path := field.NewPath("spec")
	for _, m := range Mandatory() {
		switch {
		case m.Name != l.Name:
		case m.Name == flowcontrolv1.PriorityLevelConfigurationNameExempt:
			spec := l.Spec
			spec.Exempt = m.Spec.Exempt
			if !equality.Semantic.DeepEqual(spec, m.Spec) {
				return field.ErrorList{field.Invalid(path, rules.Shown(l.Spec), "spec of 'exempt' except the 'spec.exempt' field must equal the fixed value")}
			}
		case !equality.Semantic.DeepEqual(l.Spec, m.Spec):
			return field.ErrorList{field.Invalid(path, rules.Shown(l.Spec), fmt.Sprintf("spec of '%s' must equal the fixed value", l.Name))}
		}
	}
	return nil
}

func validateSpec(spec *flowcontrolv1.PriorityLevelConfigurationSpec, path *field.Path) field.ErrorList {
	switch spec.Type {
	case flowcontrolv1.PriorityLevelEnablementExempt:
		if spec.Limited != nil {
			return field.ErrorList{field.Forbidden(path.Child("limited"), "must be nil if the type is not Limited")}
		}
		if spec.Exempt == nil {
			return nil
		}
		return validateShares(spec.Exempt.NominalConcurrencyShares, spec.Exempt.LendablePercent, path.Child("exempt"))
	case flowcontrolv1.PriorityLevelEnablementLimited:
		if spec.Exempt != nil {
			return field.ErrorList{field.Forbidden(path.Child("exempt"), "must be nil if the type is Limited")}
		}
		if spec.Limited == nil {
			return field.ErrorList{field.Required(path.Child("limited"), "must not be empty when type is Limited")}
		}
		return validateLimited(spec.Limited, path.Child("limited"))
	}
	return rules.In(spec.Type, path.Child("type"), flowcontrolv1.PriorityLevelEnablementExempt, flowcontrolv1.PriorityLevelEnablementLimited)
}

func validateShares(shares, lendable *int32, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if shares != nil && *shares < 0 {
		errs = append(errs, field.Invalid(path.Child("nominalConcurrencyShares"), *shares, "must be a non-negative integer"))
	}
	if lendable != nil && (*lendable < 0 || *lendable > 100) {
		errs = append(errs, field.Invalid(path.Child("lendablePercent"), *lendable, "must be between 0 and 100, inclusive"))
	}
	return errs
}

func validateLimited(l *flowcontrolv1.LimitedPriorityLevelConfiguration, path *field.Path) field.ErrorList {
	errs := validateShares(l.NominalConcurrencyShares, nil, path)
	errs = append(errs, validateResponse(&l.LimitResponse, path.Child("limitResponse"))...)
	errs = append(errs, validateShares(nil, l.LendablePercent, path)...)
	if b := l.BorrowingLimitPercent; b != nil && *b < 0 {
		errs = append(errs, field.Invalid(path.Child("borrowingLimitPercent"), *b, "if specified, must be a non-negative integer"))
	}
	return errs
}

func validateResponse(r *flowcontrolv1.LimitResponse, path *field.Path) field.ErrorList {
	queuing := path.Child("queuing")
	switch r.Type {
	case flowcontrolv1.LimitResponseTypeReject:
		if r.Queuing != nil {
			return field.ErrorList{field.Forbidden(queuing, "must be nil if limited.limitResponse.type is not Limited")}
		}
		return nil
	case flowcontrolv1.LimitResponseTypeQueue:
		if r.Queuing == nil {
			return field.ErrorList{field.Required(queuing, "must not be empty if limited.limitResponse.type is Limited")}
		}
		return validateQueuing(r.Queuing, queuing)
	}
	return rules.In(r.Type, path.Child("type"), flowcontrolv1.LimitResponseTypeQueue, flowcontrolv1.LimitResponseTypeReject)
}

func validateQueuing(q *flowcontrolv1.QueuingConfiguration, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if q.QueueLengthLimit <= 0 {
		errs = append(errs, field.Invalid(path.Child("queueLengthLimit"), q.QueueLengthLimit, "must be positive"))
	}
	switch at := path.Child("queues"); {
	case q.Queues <= 0:
		errs = append(errs, field.Invalid(at, q.Queues, "must be positive"))
	case q.Queues > maxQueues:
		errs = append(errs, field.Invalid(at, q.Queues, fmt.Sprintf("must not be greater than %d", maxQueues)))
	}
	switch at := path.Child("handSize"); {
	case q.HandSize <= 0:
		errs = append(errs, field.Invalid(at, q.HandSize, "must be positive"))
	case q.HandSize > q.Queues:
		errs = append(errs, field.Invalid(at, q.HandSize, fmt.Sprintf("should not be greater than queues (%d)", q.Queues)))
	default:
		if bits := entropy(int(q.Queues), int(q.HandSize)); bits > hashBits {
			errs = append(errs, field.Invalid(at, q.HandSize, fmt.Sprintf("required entropy bits of deckSize %d and handSize %d should not be greater than %d", q.Queues, q.HandSize, hashBits)))
		}
	}
	return errs
}
