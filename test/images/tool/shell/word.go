package shell

import (
	"fmt"
	"strings"
)

// word reads one word up to a blank or an operator.
func (p *parser) word() word {
	w := p.parts(" \t\n\r;&|()<>", false)
	if len(w) == 0 {
		p.fail("a word is missing")
	}
	return w
}

// parts reads up to one of these characters, unquoted.
func (p *parser) parts(stop string, inQuotes bool) word {
	p.enter()
	defer func() { p.depth-- }()
	var w word
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			w = append(w, part{text: text.String(), quoted: inQuotes})
			text.Reset()
		}
	}
	for p.pos < len(p.src) && strings.IndexByte(stop, p.peek()) < 0 {
		switch c := p.peek(); {
		case c == '\\' && inQuotes:
			p.pos++
			if n := p.peek(); n != '"' && n != '$' && n != '`' && n != '\\' && n != '\n' {
				text.WriteByte('\\')
				continue
			}
			if p.peek() != '\n' {
				text.WriteByte(p.peek())
			}
			p.pos++
		case c == '\\':
			flush()
			p.pos++
			if p.pos < len(p.src) {
				if p.peek() != '\n' {
					w = append(w, part{text: string(p.peek()), quoted: true})
				}
				p.pos++
			}
		case c == '\'' && !inQuotes:
			flush()
			end := strings.IndexByte(p.src[p.pos+1:], '\'')
			if end < 0 {
				p.unclosed("'")
			}
			w = append(w, part{text: p.src[p.pos+1 : p.pos+1+end], quoted: true})
			p.pos += end + 2
		case c == '"' && !inQuotes:
			flush()
			p.pos++
			inner := p.parts(`"`, true)
			if !p.accept(`"`) {
				p.unclosed(`"`)
			}
			// Even nothing in quotes makes a word.
			w = append(append(w, part{quoted: true}), inner...)
		case c == '`':
			flush()
			w = append(w, p.backquoted(inQuotes))
		case c == '$':
			flush()
			w = append(w, p.dollar(inQuotes))
		default:
			text.WriteByte(c)
			p.pos++
		}
	}
	flush()
	return w
}

func (p *parser) unclosed(what string) {
	panic(syntaxError{fmt.Errorf("syntax error: %w, %s is not closed", ErrIncomplete, what)})
}

func (p *parser) backquoted(quoted bool) part {
	p.pos++
	var inner strings.Builder
	for p.pos < len(p.src) && p.peek() != '`' {
		if p.peek() == '\\' && p.pos+1 < len(p.src) && strings.IndexByte("`$\\", p.src[p.pos+1]) >= 0 {
			p.pos++
		}
		inner.WriteByte(p.peek())
		p.pos++
	}
	if !p.accept("`") {
		p.unclosed("`")
	}
	sub := &parser{src: inner.String(), depth: p.depth}
	l := sub.list()
	if sub.skip(); sub.pos < len(sub.src) {
		p.fail("in a command substitution")
	}
	return part{isCmd: true, cmd: l, quoted: quoted}
}

func (p *parser) dollar(quoted bool) part {
	p.pos++
	switch c := p.peek(); {
	case p.accept("(("):
		inner := p.arithmetic()
		return part{isMath: true, arith: inner, quoted: quoted}
	case p.accept("("):
		l := p.list()
		if !p.accept(")") {
			p.unclosed("$(")
		}
		return part{isCmd: true, cmd: l, quoted: quoted}
	case p.accept("{"):
		return part{param: p.braced(), quoted: quoted}
	case isName(c, false):
		return part{param: &param{name: p.name()}, quoted: quoted}
	case c != 0 && strings.IndexByte("?$!#@*-0123456789", c) >= 0:
		p.pos++
		return part{param: &param{name: string(c)}, quoted: quoted}
	}
	return part{text: "$", quoted: true}
}

// arithmetic reads up to the "))" that closes it.
func (p *parser) arithmetic() word {
	var w word
	depth := 0
	for {
		w = append(w, p.parts("()", false)...)
		switch {
		case p.pos >= len(p.src):
			p.unclosed("$((")
		case depth == 0 && p.accept("))"):
			return w
		case p.accept("("):
			depth++
			w = append(w, part{text: "("})
		default:
			p.pos++
			if depth--; depth < 0 {
				p.fail("in arithmetic")
			}
			w = append(w, part{text: ")"})
		}
	}
}

func (p *parser) braced() *param {
	r := &param{}
	if p.peek() == '#' && p.pos+1 < len(p.src) && p.src[p.pos+1] != '}' {
		p.pos++
		r.op = "length"
	}
	if r.name = p.name(); r.name == "" {
		for p.peek() >= '0' && p.peek() <= '9' {
			r.name += string(p.peek())
			p.pos++
		}
	}
	if r.name == "" && p.pos < len(p.src) && strings.IndexByte("?$!#@*-", p.peek()) >= 0 {
		r.name = string(p.peek())
		p.pos++
	}
	if r.name == "" {
		p.fail("bad substitution")
	}
	if p.accept("}") {
		return r
	}
	if r.op == "" {
		for _, op := range []string{":-", ":+", ":=", ":?", "##", "%%", "-", "+", "=", "?", "#", "%"} {
			if p.accept(op) {
				r.op = op
				r.arg = p.parts("}", false)
				break
			}
		}
	}
	if r.op == "" || !p.accept("}") {
		p.fail("bad substitution")
	}
	return r
}
