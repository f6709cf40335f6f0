package matching

import (
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/admissionregistration/expression"
)

func TestRules(t *testing.T) {
	rule := func(resources ...string) *admissionv1.RuleWithOperations {
		return &admissionv1.RuleWithOperations{Operations: []admissionv1.OperationType{"*"},
			Rule: admissionv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: resources}}
	}
	for name, c := range map[string]struct {
		rule *admissionv1.RuleWithOperations
		want string
	}{
		"one":            {rule("pods"), ""},
		"with a part":    {rule("pods", "pods/status"), ""},
		"all":            {rule("*"), ""},
		"all and a part": {rule("*", "pods/status"), ""},
		"all twice":      {rule("*", "pods"), `r.resources: Invalid value: ["*","pods"]: if '*' is present, must not specify other resources without subresources`},
		"everything":     {rule("*/*"), ""},
		"everything and": {rule("*/*", "pods"), `if '*/*' is present, must not specify other resources`},
		"all parts":      {rule("pods/*", "pods/status"), `r.resources[1]: Invalid value: "pods/status": if 'pods/*' is present, must not specify pods/status`},
		"a part of all":  {rule("*/status", "pods/status"), `if '*/status' is present, must not specify pods/status`},
		"an empty one":   {rule("pods", ""), `r.resources[1]: Required value`},
		"none":           {rule(), `r.resources: Required value`},
		"nothing at all": {&admissionv1.RuleWithOperations{}, `r.operations: Required value`},
	} {
		errs := ValidateRule(c.rule, field.NewPath("r"))
		got := ""
		if len(errs) > 0 {
			got = errs.ToAggregate().Error()
		}
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestConditions(t *testing.T) {
	var c expression.Compiler
	scopes := func(stored bool) (*expression.Scope, error) { return c.New(expression.Options{}, stored) }
	list := []admissionv1.MatchCondition{
		{Name: "a", Expression: "object.metadata.name == 'x'"},
		{Name: "a", Expression: "'text'"},
		{Name: "", Expression: ""},
		{Name: "who", Expression: "authorizer.requestResource.check('bypass').allowed() || request.userInfo.username == 'x'"},
		{Name: "params", Expression: "params.x == 1"},
	}
	errs := ValidateConditions(list, nil, scopes, field.NewPath("c"))
	want := []string{
		`c[1].expression: Invalid value: "'text'": must evaluate to bool but got string`,
		`c[1].name: Duplicate value: "a"`,
		`c[2].expression: Required value`,
		`c[2].name: Required value`,
		`undeclared reference to 'params'`,
	}
	if len(errs) != len(want) {
		t.Fatalf("got %v", errs)
	}
	for i := range want {
		if !strings.Contains(errs[i].Error(), want[i]) {
			t.Errorf("got %v, want %s", errs[i], want[i])
		}
	}
	many := make([]admissionv1.MatchCondition, maxConditions+1)
	if errs := ValidateConditions(many, nil, scopes, field.NewPath("c")); errs[0].Type != field.ErrorTypeTooMany {
		t.Errorf("too many: %v", errs[0])
	}
}
