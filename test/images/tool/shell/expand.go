package shell

import (
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// field is a word being expanded: its text, and the same as a glob pattern, in which quoted characters mean themselves.
type field struct {
	text, pattern strings.Builder
	globs         bool
	exists        bool
}

func (f *field) add(text string, quoted bool) {
	f.text.WriteString(text)
	for _, r := range text {
		if strings.ContainsRune(`*?[\`, r) {
			if quoted || r == '\\' {
				f.pattern.WriteByte('\\')
			} else {
				f.globs = true
			}
		}
		f.pattern.WriteRune(r)
	}
	f.exists = f.exists || quoted || text != ""
}

// fields expands words into what a command gets: split where not quoted, and globbed.
func (s *Shell) fields(words []word) []string {
	var all []string
	for _, w := range words {
		for _, f := range s.split(w) {
			if f.globs {
				if names := s.glob(f.pattern.String()); len(names) > 0 {
					all = append(all, names...)
					continue
				}
			}
			all = append(all, f.text.String())
		}
	}
	return all
}

func (s *Shell) glob(pattern string) []string {
	absolute := filepath.IsAbs(pattern)
	if !absolute {
		quote := strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `\`, `\\`)
		pattern = filepath.Join(quote.Replace(s.dir), pattern)
	}
	names, _ := filepath.Glob(pattern)
	var visible []string
	for _, name := range names {
		if strings.HasPrefix(filepath.Base(name), ".") && !strings.HasPrefix(filepath.Base(pattern), ".") {
			continue
		}
		if !absolute {
			if rel, err := filepath.Rel(s.dir, name); err == nil {
				name = rel
			}
		}
		visible = append(visible, name)
	}
	return visible
}

func (s *Shell) split(w word) []*field {
	current := &field{}
	var all []*field
	next := func() {
		if current.exists {
			all = append(all, current)
		}
		current = &field{}
	}
	for i, p := range w {
		if i == 0 && !p.quoted && p.param == nil && (p.text == "~" || strings.HasPrefix(p.text, "~/")) {
			p.text = s.vars["HOME"] + p.text[1:]
		}
		if p.param == nil && !p.isCmd && !p.isMath {
			current.add(p.text, p.quoted)
			continue
		}
		if p.quoted && p.param != nil && p.param.name == "@" && p.param.op == "" {
			if len(s.args) == 0 && len(w) <= 2 {
				current.exists = false
			}
			for j, arg := range s.args {
				if j > 0 {
					next()
				}
				current.add(arg, true)
			}
			continue
		}
		value := s.expand(p)
		if p.quoted {
			current.add(value, true)
			continue
		}
		s.splitInto(value, &current, next)
	}
	next()
	return all
}

// splitInto adds an unquoted value, beginning a new field at each run of separators.
func (s *Shell) splitInto(value string, current **field, next func()) {
	separators := s.vars["IFS"]
	for value != "" {
		i := strings.IndexAny(value, separators)
		if i < 0 || separators == "" {
			(*current).add(value, false)
			return
		}
		(*current).add(value[:i], false)
		next()
		value = strings.TrimLeft(value[i:], separators)
	}
}

// one expands a word without splitting, as in an assignment.
func (s *Shell) one(w word) string {
	var b strings.Builder
	for _, p := range w {
		if p.param == nil && !p.isCmd && !p.isMath {
			b.WriteString(p.text)
		} else {
			b.WriteString(s.expand(p))
		}
	}
	return b.String()
}

func (s *Shell) expand(p part) string {
	switch {
	case p.isCmd:
		return s.substitute(p.cmd)
	case p.isMath:
		value, err := s.arithmetic(s.one(p.arith))
		if err != nil {
			s.complain("arithmetic: %v", err)
			s.exit(2)
			return ""
		}
		return strconv.FormatInt(value, 10)
	}
	return s.parameter(p.param)
}

// substitute runs commands and returns what they print.
func (s *Shell) substitute(l list) string {
	r, w, err := os.Pipe()
	if err != nil {
		s.complain("%v", err)
		return ""
	}
	output := make(chan string)
	go func() {
		data, _ := io.ReadAll(r)
		r.Close()
		output <- string(data)
	}()
	sub := s.sub()
	sub.files[1] = w
	sub.list(l)
	s.status = sub.end()
	w.Close()
	return strings.TrimRight(<-output, "\n")
}

// lookup returns the value of a parameter.
func (s *Shell) lookup(name string) (value string, isSet bool) {
	switch name {
	case "?":
		return strconv.Itoa(s.status), true
	case "$":
		return strconv.Itoa(os.Getpid()), true
	case "!":
		if s.lastJob == 0 {
			return "", false
		}
		return strconv.Itoa(s.lastJob), true
	case "#":
		return strconv.Itoa(len(s.args)), true
	case "@", "*":
		return strings.Join(s.args, " "), len(s.args) > 0
	case "0":
		return s.name, true
	case "-":
		return "", true
	}
	if n, err := strconv.Atoi(name); err == nil {
		if n > len(s.args) {
			return "", false
		}
		return s.args[n-1], true
	}
	value, isSet = s.vars[name]
	return value, isSet
}

func (s *Shell) parameter(p *param) string {
	value, isSet := s.lookup(p.name)
	op, colon := p.op, strings.HasPrefix(p.op, ":")
	missing := !isSet || colon && value == ""
	switch strings.TrimPrefix(op, ":") {
	case "-":
		if missing {
			return s.one(p.arg)
		}
	case "+":
		if missing {
			return ""
		}
		return s.one(p.arg)
	case "=":
		if missing {
			value = s.one(p.arg)
			s.set(p.name, value)
		}
	case "?":
		if missing {
			s.complain("%s: %s", p.name, s.one(p.arg))
			s.exit(1)
		}
	case "length":
		return strconv.Itoa(len(value))
	case "#", "##":
		return trimPrefix(value, s.one(p.arg), op == "##")
	case "%", "%%":
		return trimSuffix(value, s.one(p.arg), op == "%%")
	}
	return value
}

// matches is path.Match in which a slash is like any other character.
func matches(pattern, value string) bool {
	plain := strings.NewReplacer("/", "\x00")
	ok, err := path.Match(plain.Replace(pattern), plain.Replace(value))
	return ok && err == nil
}

func trimPrefix(value, pattern string, longest bool) string {
	best := -1
	for i := 0; i <= len(value); i++ {
		if matches(pattern, value[:i]) {
			if best = i; !longest {
				break
			}
		}
	}
	if best < 0 {
		return value
	}
	return value[best:]
}

func trimSuffix(value, pattern string, longest bool) string {
	best := -1
	for i := len(value); i >= 0; i-- {
		if matches(pattern, value[i:]) {
			if best = i; !longest {
				break
			}
		}
	}
	if best < 0 {
		return value
	}
	return value[:best]
}

func (s *Shell) set(name, value string) { s.vars[name] = value }
