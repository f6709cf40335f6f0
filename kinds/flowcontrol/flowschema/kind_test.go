package flowschema

import (
	"testing"

	flowcontrolv1 "k8s.io/api/flowcontrol/v1"

	"argosy.dev/kinds/flowcontrol/prioritylevelconfiguration"
	"argosy.dev/kinds/kindtest"
)

func TestKind(t *testing.T) { kindtest.Run(t, Kind()) }

// What clusters have from the start is valid, and refers to levels that they have from the start too.
func TestSystem(t *testing.T) {
	levels := map[string]bool{}
	for _, list := range [][]*flowcontrolv1.PriorityLevelConfiguration{prioritylevelconfiguration.Mandatory(), prioritylevelconfiguration.Suggested()} {
		for _, l := range list {
			levels[l.Name] = true
		}
	}
	for _, list := range [][]*flowcontrolv1.FlowSchema{Mandatory(), Suggested()} {
		for _, s := range list {
			if errs := validate(s); len(errs) > 0 {
				t.Errorf("%s: %v", s.Name, errs)
			}
			if !levels[s.Spec.PriorityLevelConfiguration.Name] {
				t.Errorf("%s: there is no level %s", s.Name, s.Spec.PriorityLevelConfiguration.Name)
			}
		}
	}
}
