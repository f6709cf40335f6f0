package prioritylevelconfiguration

import (
	"testing"

	flowcontrolv1 "k8s.io/api/flowcontrol/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"argosy.dev/kinds/kindtest"
)

func TestKind(t *testing.T) { kindtest.Run(t, Kind()) }

// What clusters have from the start is complete and valid, so that it never seems to need an update.
func TestSystem(t *testing.T) {
	for _, list := range [][]*flowcontrolv1.PriorityLevelConfiguration{Mandatory(), Suggested()} {
		for _, l := range list {
			full := l.DeepCopy()
			setDefaults(full)
			if !equality.Semantic.DeepEqual(l, full) {
				t.Errorf("%s: has fields left to their defaults", l.Name)
			}
			if errs := validate(l); len(errs) > 0 {
				t.Errorf("%s: %v", l.Name, errs)
			}
		}
	}
}
