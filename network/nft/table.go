package nft

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

// Table is the state of one table of the inet family. It is a value: whoever changes one copies it first.
type Table struct {
	Name   string
	Sets   []Set
	Chains []Chain
}

// Set is a set, or a map if it has Value types. Each field of a concatenation is one Type.
type Set struct {
	Name       string
	Key, Value []Type
	// Elements maps a key to its value; the values of a set are empty.
	Elements map[Datum]Datum
}

// Element is one entry of a set (with no Value) or a map.
type Element struct{ Key, Value Datum }

// Hook makes a chain a base chain.
type Hook struct {
	Type     string // filter, nat or route
	Point    Point
	Priority int
}

// Point is where in its path a packet meets a base chain.
type Point uint32

// The points of the inet family, in the kernel's numbering.
const (
	Prerouting Point = iota
	Input
	Forward
	Output
	Postrouting
)

func (p Point) String() string {
	return [...]string{"prerouting", "input", "forward", "output", "postrouting"}[p]
}

// Chain is a list of rules. Its policy is always accept: this table refuses only by a rule.
type Chain struct {
	Name  string
	Hook  *Hook
	Rules []Rule
}

// Rule is a list of statements. Make it with NewRule.
type Rule struct {
	// Text is the rule as the nft tool would write it; empty for a rule read from the kernel.
	Text string
	mark string
	expr []expr.Any
}

// Statement is a part of a rule: a match, or what to do.
type Statement struct {
	text string
	expr []expr.Any
}

// NewRule puts statements together. comment says for people what the rule is for, in at most 100 bytes.
func NewRule(comment string, statements ...Statement) Rule {
	var r Rule
	texts := make([]string, 0, len(statements))
	for _, s := range statements {
		texts = append(texts, s.text)
		r.expr = append(r.expr, s.expr...)
	}
	r.Text = strings.Join(texts, " ")
	if len(comment) > 100 {
		comment = comment[:100]
	}
	digest := sha256.Sum256([]byte(r.Text))
	r.mark = fmt.Sprintf("%s #%s", comment, hex.EncodeToString(digest[:6]))
	return r
}

// Type is the type of one field of a key or a value.
type Type struct {
	name   string
	format func(raw []byte) string
	kernel nftables.SetDatatype
}

// Datum is one field, or several one after another, as the kernel keeps them: each padded to four bytes.
type Datum string

// Concat puts fields together.
func Concat(fields ...Datum) Datum {
	var b strings.Builder
	for _, f := range fields {
		b.WriteString(string(f))
	}
	return Datum(b.String())
}

func padded(n uint32) int { return int(n+3) &^ 3 }

// format writes a datum in the manner of the nft tool: tcp . 80.
func format(types []Type, d Datum) string {
	fields := make([]string, 0, len(types))
	raw := []byte(d)
	for _, t := range types {
		size := padded(t.kernel.Bytes)
		if len(raw) < size {
			return fmt.Sprintf("%x", string(d))
		}
		fields = append(fields, t.format(raw[:t.kernel.Bytes]))
		raw = raw[size:]
	}
	return strings.Join(fields, " . ")
}

func typeNames(types []Type) string {
	names := make([]string, 0, len(types))
	for _, t := range types {
		names = append(names, t.name)
	}
	return strings.Join(names, " . ")
}

// sameShape tells whether elements of one set fit the other.
func sameShape(a, b Set) bool {
	return typeNames(a.Key) == typeNames(b.Key) && typeNames(a.Value) == typeNames(b.Value)
}

func sameHook(a, b *Hook) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// clone copies everything that a change of elements, sets or chains touches.
func clone(t *Table) *Table {
	if t == nil {
		return nil
	}
	c := &Table{Name: t.Name, Sets: slices.Clone(t.Sets), Chains: slices.Clone(t.Chains)}
	for i := range c.Sets {
		elements := make(map[Datum]Datum, len(c.Sets[i].Elements))
		maps.Copy(elements, c.Sets[i].Elements)
		c.Sets[i].Elements = elements
	}
	for i := range c.Chains {
		c.Chains[i].Rules = slices.Clone(c.Chains[i].Rules)
	}
	return c
}
