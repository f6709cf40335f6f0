package expression

import (
	"fmt"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"k8s.io/apimachinery/pkg/util/version"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/common"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/apiserver/pkg/cel/library"
	"k8s.io/apiserver/pkg/cel/mutation"
)

// Compiler makes scopes. Its zero value is ready.
type Compiler struct {
	mu    sync.Mutex
	bases map[Options]*environment.EnvSet
}

// Options say what the expressions of a scope may look at beside what all may: object, oldObject, request, namespaceObject and authorizer.
type Options struct {
	// Params is the parameter object of a policy.
	Params bool
	// Patches are the types Object and JSONPatch, of which a policy makes its changes.
	Patches bool
}

// Scope is what a row of expressions may look at.
type Scope struct {
	env       *environment.EnvSet
	kind      environment.Type
	variables *apiservercel.DeclType
}

// New makes the scope of new expressions; those that are stored already (or are written unchanged) may use what later versions
// have brought.
func (c *Compiler) New(o Options, stored bool) (*Scope, error) {
	env, err := c.base(o)
	if err != nil {
		return nil, err
	}
	s := &Scope{env: env, kind: environment.NewExpressions}
	if stored {
		s.kind = environment.StoredExpressions
	}
	return s, nil
}

func (c *Compiler) base(o Options) (*environment.EnvSet, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if env, ok := c.bases[o]; ok {
		return env, nil
	}
	request, namespace := requestType(), namespaceType()
	declared := []cel.EnvOption{
		cel.Variable("object", cel.DynType),
		cel.Variable("oldObject", cel.DynType),
		cel.Variable("request", request.CelType()),
		cel.Variable("namespaceObject", namespace.CelType()),
		cel.Variable("authorizer", library.AuthorizerType),
		cel.Variable("authorizer.requestResource", library.ResourceCheckType),
	}
	if o.Params {
		declared = append(declared, cel.Variable("params", cel.DynType))
	}
	env, err := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()).Extend(environment.VersionedOptions{
		IntroducedVersion: version.MajorMinor(1, 0),
		EnvOptions:        declared,
		DeclTypes:         []*apiservercel.DeclType{request, namespace},
	}, environment.StrictCostOpt)
	if err != nil {
		return nil, fmt.Errorf("building the environment of admission expressions: %w", err)
	}
	if o.Patches {
		// A step of its own, for declared types hide what else would resolve types in the same step.
		env, err = env.Extend(environment.VersionedOptions{
			IntroducedVersion: version.MajorMinor(1, 0),
			EnvOptions:        []cel.EnvOption{common.ResolverEnvOption(&mutation.DynamicTypeResolver{}), library.JSONPatch()},
		})
		if err != nil {
			return nil, fmt.Errorf("adding patches to the environment of admission expressions: %w", err)
		}
	}
	if c.bases == nil {
		c.bases = map[Options]*environment.EnvSet{}
	}
	c.bases[o] = env
	return env, nil
}

// variablesType is the name of the type of the variable "variables".
const variablesType = "kubernetes.variables"

// Named lets the expressions that follow use variables, of which there are none yet.
func (s *Scope) Named() error {
	t := apiservercel.NewObjectType(variablesType, map[string]*apiservercel.DeclField{})
	env, err := s.env.Extend(environment.VersionedOptions{
		IntroducedVersion: version.MajorMinor(1, 0),
		EnvOptions:        []cel.EnvOption{cel.Variable("variables", t.CelType())},
		DeclTypes:         []*apiservercel.DeclType{t},
	})
	if err != nil {
		return fmt.Errorf("declaring variables: %w", err)
	}
	s.env, s.variables = env, t
	return nil
}

// Add makes a compiled expression a variable for those that follow; nil is one of which nothing is known. Named comes before.
func (s *Scope) Add(name string, e *cel.Ast) {
	t := apiservercel.DynType
	if e != nil {
		t = apiservercel.NewSimpleTypeWithMinSize(e.OutputType().String(), e.OutputType(), nil, 1)
	}
	s.variables.Fields[name] = apiservercel.NewDeclField(name, t, true, nil, nil)
}

// Compile checks an expression that must come to a value of one of the types; none: anything goes. What is wrong is told as text.
func (s *Scope) Compile(text string, types ...*cel.Type) (*cel.Ast, string) {
	env, err := s.env.Env(s.kind)
	if err != nil {
		return nil, fmt.Sprintf("compiler initialization failed: %v", err)
	}
	e, issues := env.Compile(text)
	if issues != nil {
		return nil, "compilation failed: " + issues.String()
	}
	got := e.OutputType()
	if len(types) == 0 {
		return e, ""
	}
	names := make([]string, len(types))
	for i, t := range types {
		if got.IsExactType(t) {
			return e, ""
		}
		names[i] = t.String()
	}
	if len(names) == 1 {
		return nil, fmt.Sprintf("must evaluate to %s but got %s", names[0], got)
	}
	return nil, fmt.Sprintf("must evaluate to one of [%s] but got %s", strings.Join(names, " "), got)
}

// Patch and Patches are the types to which the expressions of mutations come.
func Patch() *cel.Type   { return cel.ObjectType(mutation.ObjectTypeName) }
func Patches() *cel.Type { return cel.ListType(cel.ObjectType(mutation.JSONPatchTypeName)) }
