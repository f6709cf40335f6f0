package policy

import (
	"strings"

	"github.com/google/cel-go/cel"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/admissionregistration/expression"
)

// Expressions are those of one policy, while it is validated.
type Expressions struct {
	// New are for expressions that are new, Stored for those that the policy had before; each knows the variables so far.
	New, Stored *expression.Scope
	// Known are the expressions that the policy had before.
	Known sets.Set[string]
}

// Prepare makes the scopes of a policy's expressions.
func Prepare(compiler *expression.Compiler, o expression.Options, known sets.Set[string]) (*Expressions, error) {
	e := &Expressions{Known: known}
	var err error
	if e.New, err = compiler.New(o, false); err != nil {
		return nil, err
	}
	e.Stored, err = compiler.New(o, true)
	return e, err
}

// Scope is that of an expression.
func (e *Expressions) Scope(text string) *expression.Scope {
	if e.Known.Has(text) {
		return e.Stored
	}
	return e.New
}

// Check compiles an expression that must come to a value of one of the types.
func (e *Expressions) Check(text string, path *field.Path, types ...*cel.Type) (*cel.Ast, field.ErrorList) {
	if strings.TrimSpace(text) == "" {
		return nil, field.ErrorList{field.Required(path, path.String()[strings.LastIndexByte(path.String(), '.')+1:]+" is not specified")}
	}
	ast, wrong := e.Scope(text).Compile(text, types...)
	if wrong != "" {
		return nil, field.ErrorList{field.Invalid(path, text, wrong)}
	}
	return ast, nil
}

// Variables compiles variables, each of which may use those before it, and leaves them for what is compiled next.
func (e *Expressions) Variables(list []admissionv1.Variable, path *field.Path) field.ErrorList {
	if len(list) == 0 {
		return nil
	}
	for _, s := range []*expression.Scope{e.New, e.Stored} {
		if err := s.Named(); err != nil {
			return field.ErrorList{field.InternalError(path, err)}
		}
	}
	var errs field.ErrorList
	seen := sets.Set[string]{}
	for i := range list {
		v, at := &list[i], path.Index(i)
		wrong := validateVariableName(v.Name, at.Child("name"))
		if len(wrong) == 0 && seen.Has(v.Name) {
			wrong = append(wrong, field.Duplicate(at.Child("name"), v.Name))
		}
		seen.Insert(v.Name)
		ast, bad := e.Check(v.Expression, at.Child("expression"))
		errs = append(append(errs, wrong...), bad...)
		if len(wrong) == 0 && strings.TrimSpace(v.Expression) != "" { // a broken one is complained about once, not where it is used
			e.New.Add(v.Name, ast)
			e.Stored.Add(v.Name, ast)
		}
	}
	return errs
}

func validateVariableName(name string, path *field.Path) field.ErrorList {
	if strings.TrimSpace(name) == "" {
		return field.ErrorList{field.Required(path, "name is not specified")}
	}
	if !expression.IsIdentifier(name) {
		return field.ErrorList{field.Invalid(path, name, "must be a valid CEL identifier")}
	}
	return nil
}
