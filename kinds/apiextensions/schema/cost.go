package schema

import (
	"fmt"
	"math"
	"slices"

	celgo "github.com/google/cel-go/cel"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/cel/environment"
)

const (
	ruleLimit   = 10_000_000  // what one rule may cost in the worst case
	schemaLimit = 100_000_000 // what all rules of a schema may cost together
	// blamed is how many of the dearest rules are named when all together are too dear.
	blamed = 4
)

// product is what remains within range of a product.
func product(a, b uint64) uint64 {
	if a != 0 && b > math.MaxUint64/a {
		return math.MaxUint64
	}
	return a * b
}

// costs are what the rules of a schema cost together.
type costs struct {
	sum  uint64
	each []cost
}

type cost struct {
	path *field.Path
	of   uint64
}

// add counts an expression, and refuses one that is too dear alone.
func (c *costs) add(of uint64, path *field.Path, what string) field.ErrorList {
	if c.sum > math.MaxUint64-of {
		c.sum = math.MaxUint64
	} else {
		c.sum += of
	}
	c.each = append(c.each, cost{path, of})
	if of <= ruleLimit {
		return nil
	}
	return field.ErrorList{field.Forbidden(path, fmt.Sprintf("estimated %s cost exceeds budget by factor of %s (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)",
		what, factor(of, ruleLimit)))}
}

func (c *costs) validate(path *field.Path) field.ErrorList {
	if c.sum <= schemaLimit {
		return nil
	}
	dearest := slices.Clone(c.each)
	slices.SortStableFunc(dearest, func(a, b cost) int {
		switch {
		case a.of > b.of:
			return -1
		case a.of < b.of:
			return 1
		}
		return 0
	})
	var errs field.ErrorList
	for _, d := range dearest[:min(len(dearest), blamed)] {
		errs = append(errs, field.Forbidden(d.path, "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema"))
	}
	return append(errs, field.Forbidden(path, fmt.Sprintf("x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of %s (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)",
		factor(c.sum, schemaLimit))))
}

// factor says how many times too dear something is.
func factor(of uint64, limit float64) string {
	times := float64(of) / limit
	switch {
	case times > 100:
		return "more than 100x"
	case times < 1.5:
		return fmt.Sprintf("%fx", times)
	}
	return fmt.Sprintf("%.1fx", times)
}

// loader lets rules that were there before use the newer environment.
type loader struct{ known map[string]bool }

// RuleEnv is the environment of a rule.
func (l loader) RuleEnv(set *environment.EnvSet, expression string) *celgo.Env {
	return l.env(set, expression)
}

// MessageExpressionEnv is the environment of a message.
func (l loader) MessageExpressionEnv(set *environment.EnvSet, expression string) *celgo.Env {
	return l.env(set, expression)
}

func (l loader) env(set *environment.EnvSet, expression string) *celgo.Env {
	if l.known[expression] {
		return set.StoredExpressionsEnv()
	}
	return set.NewExpressionsEnv()
}
