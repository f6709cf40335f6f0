package shell

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrIncomplete says that a script ends in the middle of something.
var ErrIncomplete = errors.New("unexpected end")

type parser struct {
	src   string
	pos   int
	depth int
}

// nesting is how deep a script may be nested.
const nesting = 200

// parse reads a whole script. Errors are raised by panic inside and end here.
func parse(src string) (l list, err error) {
	p := &parser{src: src}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(syntaxError)
			if !ok {
				panic(r)
			}
			err = e.err
		}
	}()
	l = p.list()
	if p.skip(); p.pos < len(p.src) {
		p.fail("unexpected %q", p.src[p.pos:min(p.pos+10, len(p.src))])
	}
	return l, nil
}

type syntaxError struct{ err error }

func (p *parser) fail(format string, args ...any) {
	panic(syntaxError{fmt.Errorf("syntax error: "+format, args...)})
}

func (p *parser) enter() {
	if p.depth++; p.depth > nesting {
		p.fail("nested too deeply")
	}
}

func (p *parser) peek() byte {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

func (p *parser) has(prefix string) bool { return strings.HasPrefix(p.src[p.pos:], prefix) }

func (p *parser) accept(prefix string) bool {
	if p.has(prefix) {
		p.pos += len(prefix)
		return true
	}
	return false
}

// blanks skips blanks, continued lines and comments, not newlines.
func (p *parser) blanks() {
	for {
		switch {
		case p.peek() == ' ' || p.peek() == '\t' || p.peek() == '\r':
			p.pos++
		case p.has("\\\n"):
			p.pos += 2
		case p.peek() == '#':
			for p.pos < len(p.src) && p.src[p.pos] != '\n' {
				p.pos++
			}
		default:
			return
		}
	}
}

// skip skips newlines too.
func (p *parser) skip() {
	for p.blanks(); p.peek() == '\n' && p.pos < len(p.src); p.blanks() {
		p.pos++
	}
}

var closers = []string{"then", "else", "elif", "fi", "do", "done", "}"}

// keyword tells whether a reserved word is next.
func (p *parser) keyword(name string) bool {
	if !p.has(name) {
		return false
	}
	end := p.pos + len(name)
	return end == len(p.src) || strings.IndexByte(" \t\n;&|()<>", p.src[end]) >= 0
}

func (p *parser) acceptKeyword(name string) bool {
	p.skip()
	if p.keyword(name) {
		p.pos += len(name)
		return true
	}
	return false
}

func (p *parser) expect(name string) {
	if !p.acceptKeyword(name) {
		if p.pos >= len(p.src) {
			panic(syntaxError{fmt.Errorf("syntax error: %w, %q is missing", ErrIncomplete, name)})
		}
		p.fail("%q is missing before %q", name, p.src[p.pos:min(p.pos+10, len(p.src))])
	}
}

func (p *parser) list() list {
	p.enter()
	defer func() { p.depth-- }()
	var l list
	for {
		p.skip()
		if p.pos >= len(p.src) || p.peek() == ')' || slices.ContainsFunc(closers, p.keyword) {
			return l
		}
		a := p.andOr()
		p.blanks()
		switch {
		case p.has("&&"):
			p.fail("unexpected &&")
		case p.accept("&"):
			a.background = true
		case p.has(";;"):
			p.fail("unexpected ;;")
		case p.accept(";"), p.peek() == '\n', p.pos >= len(p.src), p.peek() == ')':
		default:
			p.fail("unexpected %q", p.src[p.pos:min(p.pos+10, len(p.src))])
		}
		l = append(l, a)
	}
}

func (p *parser) andOr() andOr {
	a := andOr{pipelines: []pipeline{p.pipeline()}}
	for {
		p.blanks()
		switch {
		case p.accept("&&"):
			a.ops = append(a.ops, "&&")
		case p.accept("||"):
			a.ops = append(a.ops, "||")
		default:
			return a
		}
		p.skip()
		a.pipelines = append(a.pipelines, p.pipeline())
	}
}

func (p *parser) pipeline() pipeline {
	var l pipeline
	for p.blanks(); p.keyword("!"); p.blanks() {
		p.pos++
		l.negated = !l.negated
	}
	for {
		l.commands = append(l.commands, p.command())
		p.blanks()
		if p.has("||") || !p.accept("|") {
			return l
		}
		p.skip()
	}
}

func (p *parser) command() command {
	p.blanks()
	var c command
	switch {
	case p.accept("("):
		c.compound = subshell{p.list()}
		if !p.accept(")") {
			panic(syntaxError{fmt.Errorf("syntax error: %w, \")\" is missing", ErrIncomplete)})
		}
	case p.keyword("{"):
		p.pos++
		c.compound = group{p.list()}
		p.expect("}")
	case p.acceptHere("if"):
		c.compound = p.conditional()
	case p.acceptHere("while"), p.acceptHere("until"):
		until := p.src[p.pos-5:p.pos] == "until"
		test := p.list()
		c.compound = loop{until: until, test: test, body: p.doDone()}
	case p.acceptHere("for"):
		c.compound = p.iteration()
	default:
		return p.simple()
	}
	for {
		p.blanks()
		r, ok := p.redirect()
		if !ok {
			return c
		}
		c.redirects = append(c.redirects, r)
	}
}

func (p *parser) acceptHere(name string) bool {
	if p.keyword(name) {
		p.pos += len(name)
		return true
	}
	return false
}

func (p *parser) conditional() conditional {
	var c conditional
	for {
		c.tests = append(c.tests, p.list())
		p.expect("then")
		c.bodies = append(c.bodies, p.list())
		if p.acceptKeyword("elif") {
			continue
		}
		if p.acceptKeyword("else") {
			c.otherwise = p.list()
		}
		p.expect("fi")
		return c
	}
}

func (p *parser) doDone() list {
	p.expect("do")
	body := p.list()
	p.expect("done")
	return body
}

func (p *parser) iteration() iteration {
	p.blanks()
	i := iteration{name: p.name()}
	if i.name == "" {
		p.fail("for wants a name")
	}
	if p.acceptKeyword("in") {
		for p.blanks(); p.pos < len(p.src) && strings.IndexByte(";\n&|()", p.peek()) < 0; p.blanks() {
			i.items = append(i.items, p.word())
		}
	} else {
		i.items = []word{{{param: &param{name: "@"}, quoted: true}}}
	}
	p.blanks()
	p.accept(";")
	i.body = p.doDone()
	return i
}

func (p *parser) simple() command {
	var c command
	for {
		p.blanks()
		if r, ok := p.redirect(); ok {
			c.redirects = append(c.redirects, r)
			continue
		}
		if p.pos >= len(p.src) || strings.IndexByte("\n;&|()", p.peek()) >= 0 {
			break
		}
		if len(c.simple) == 0 {
			if a, ok := p.assign(); ok {
				c.assigns = append(c.assigns, a)
				continue
			}
		}
		c.simple = append(c.simple, p.word())
	}
	if len(c.simple)+len(c.assigns)+len(c.redirects) == 0 {
		if p.pos >= len(p.src) {
			panic(syntaxError{fmt.Errorf("syntax error: %w", ErrIncomplete)})
		}
		p.fail("unexpected %q", p.src[p.pos:min(p.pos+10, len(p.src))])
	}
	return c
}

func (p *parser) assign() (assign, bool) {
	start := p.pos
	name := p.name()
	if name == "" || !p.accept("=") {
		p.pos = start
		return assign{}, false
	}
	if p.pos >= len(p.src) || strings.IndexByte(" \t\n;&|()<>", p.peek()) >= 0 {
		return assign{name: name}, true
	}
	return assign{name: name, value: p.word()}, true
}

func (p *parser) name() string {
	start := p.pos
	for p.pos < len(p.src) && isName(p.src[p.pos], p.pos > start) {
		p.pos++
	}
	return p.src[start:p.pos]
}

func isName(c byte, digits bool) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || digits && c >= '0' && c <= '9'
}

func (p *parser) redirect() (redirect, bool) {
	start := p.pos
	fd := -1
	if c := p.peek(); c >= '0' && c <= '9' && p.pos+1 < len(p.src) && (p.src[p.pos+1] == '<' || p.src[p.pos+1] == '>') {
		fd = int(c - '0')
		p.pos++
	}
	if p.has("<<") {
		p.fail("here-documents are not supported")
	}
	for _, op := range []string{">>", ">&", "<&", ">|", ">", "<"} {
		if p.accept(op) {
			if fd < 0 {
				fd = 1
				if op[0] == '<' {
					fd = 0
				}
			}
			p.blanks()
			return redirect{fd: fd, op: strings.TrimSuffix(op, "|"), target: p.word()}, true
		}
	}
	p.pos = start
	return redirect{}, false
}
