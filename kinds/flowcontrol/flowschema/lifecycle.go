package flowschema

import (
	flowcontrolv1 "k8s.io/api/flowcontrol/v1"
	"k8s.io/apimachinery/pkg/api/equality"
)

// DefaultPrecedence is that of a schema that does not say its own.
const DefaultPrecedence = 1000

func setDefaults(s *flowcontrolv1.FlowSchema) {
	if s.Spec.MatchingPrecedence == 0 {
		s.Spec.MatchingPrecedence = DefaultPrecedence
	}
}

func prepareCreate(s *flowcontrolv1.FlowSchema) { s.Status = flowcontrolv1.FlowSchemaStatus{} }

func prepareUpdate(s, old *flowcontrolv1.FlowSchema) { s.Status = old.Status }

func generation(s, old *flowcontrolv1.FlowSchema) bool {
	return !equality.Semantic.DeepEqual(s.Spec, old.Spec)
}
