package shell

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// arithmetic computes an expression of integers and variables.
func (s *Shell) arithmetic(text string) (int64, error) {
	m := &math{text: text, lookup: func(name string) int64 {
		n, _ := strconv.ParseInt(strings.TrimSpace(s.vars[name]), 0, 64)
		return n
	}}
	value, err := m.binary(0)
	if err == nil && m.next() != 0 {
		err = fmt.Errorf("unexpected %q", m.text)
	}
	return value, err
}

type math struct {
	text   string
	lookup func(string) int64
	depth  int
}

// levels are the binary operators, loosest first.
var levels = [][]string{{"||"}, {"&&"}, {"|"}, {"^"}, {"&"}, {"==", "!="}, {"<=", ">=", "<", ">"}, {"<<", ">>"}, {"+", "-"}, {"*", "/", "%"}}

func (m *math) next() byte {
	m.text = strings.TrimLeft(m.text, " \t\n")
	if m.text == "" {
		return 0
	}
	return m.text[0]
}

func (m *math) operator(level int) string {
	m.next()
	for _, op := range levels[level] {
		if !strings.HasPrefix(m.text, op) {
			continue
		}
		rest := m.text[len(op):]
		if len(op) == 1 && rest != "" && (rest[0] == op[0] && strings.Contains("|&<>", op) || rest[0] == '=' && strings.Contains("<>", op)) {
			continue // the beginning of a longer one
		}
		m.text = rest
		return op
	}
	return ""
}

func (m *math) binary(level int) (int64, error) {
	if level == len(levels) {
		return m.unary()
	}
	left, err := m.binary(level + 1)
	for err == nil {
		op := m.operator(level)
		if op == "" {
			break
		}
		var right int64
		if right, err = m.binary(level + 1); err == nil {
			left, err = apply(op, left, right)
		}
	}
	return left, err
}

func (m *math) unary() (int64, error) {
	if m.depth++; m.depth > nesting {
		return 0, errors.New("nested too deeply")
	}
	defer func() { m.depth-- }()
	switch c := m.next(); {
	case c == '-' || c == '+' || c == '!' || c == '~':
		m.text = m.text[1:]
		value, err := m.unary()
		switch c {
		case '-':
			value = -value
		case '!':
			value = number(value == 0)
		case '~':
			value = ^value
		}
		return value, err
	case c == '(':
		m.text = m.text[1:]
		value, err := m.binary(0)
		if err == nil && m.next() != ')' {
			return 0, errors.New("\")\" is missing")
		}
		if err == nil {
			m.text = m.text[1:]
		}
		return value, err
	case c >= '0' && c <= '9' || isName(c, false):
		i := 1
		for i < len(m.text) && isName(m.text[i], true) {
			i++
		}
		token := m.text[:i]
		m.text = m.text[i:]
		if isName(c, false) {
			return m.lookup(token), nil
		}
		return strconv.ParseInt(token, 0, 64)
	case c == 0:
		return 0, errors.New("a number is missing")
	}
	return 0, fmt.Errorf("unexpected %q", m.text)
}

func number(ok bool) int64 { return 1 - int64(truth(ok)) }

func apply(op string, a, b int64) (int64, error) {
	switch op {
	case "/", "%":
		if b == 0 {
			return 0, errors.New("division by zero")
		}
		if b == -1 { // the smallest number has no opposite
			if op == "%" {
				return 0, nil
			}
			return -a, nil
		}
		if op == "%" {
			return a % b, nil
		}
		return a / b, nil
	case "+":
		return a + b, nil
	case "-":
		return a - b, nil
	case "*":
		return a * b, nil
	case "<<":
		return a << (uint64(b) & 63), nil
	case ">>":
		return a >> (uint64(b) & 63), nil
	case "&":
		return a & b, nil
	case "|":
		return a | b, nil
	case "^":
		return a ^ b, nil
	case "&&":
		return number(a != 0 && b != 0), nil
	case "||":
		return number(a != 0 || b != 0), nil
	case "==":
		return number(a == b), nil
	case "!=":
		return number(a != b), nil
	case "<":
		return number(a < b), nil
	case ">":
		return number(a > b), nil
	case "<=":
		return number(a <= b), nil
	}
	return number(a >= b), nil
}
