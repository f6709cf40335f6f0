package definitions

import (
	"errors"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

func TestJudged(t *testing.T) {
	def := &apiextensionsv1.CustomResourceDefinition{}
	def.Spec.Names = apiextensionsv1.CustomResourceDefinitionNames{Plural: "things", Kind: "Thing"}
	states := func(d *apiextensionsv1.CustomResourceDefinition) string {
		text := ""
		for _, c := range d.Status.Conditions {
			text += string(c.Type) + "=" + string(c.Status) + "/" + c.Reason + " "
		}
		return text
	}
	refused := judged(def, &taken{"PluralConflict", "things"}, nil)
	if got := states(refused); got != "NamesAccepted=False/PluralConflict Established=False/NotAccepted " || refused.Status.AcceptedNames.Plural != "" {
		t.Errorf("a name that is taken: %s", got)
	}
	faulty := judged(def, nil, errors.New("no"))
	if got := states(faulty); got != "NamesAccepted=True/NoConflicts Established=False/NotServed " {
		t.Errorf("what cannot be served: %s", got)
	}
	good := judged(refused, nil, nil)
	if got := states(good); got != "NamesAccepted=True/NoConflicts Established=True/InitialNamesAccepted " || good.Status.AcceptedNames.Plural != "things" {
		t.Errorf("what is served: %s", got)
	}
	if len(def.Status.Conditions) != 0 {
		t.Error("the definition that was looked at has changed")
	}
	if later := judged(good, &taken{"KindConflict", "Thing"}, nil); !established(later) {
		t.Error("what is established is so for ever")
	}
}
