package shell

import (
	"io"
	"os"
	"strings"
	"testing"
)

// run runs a script in a directory of its own and returns what it printed and its exit code.
func run(t testing.TB, script string, args ...string) (string, int) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	output := make(chan string)
	go func() {
		data, _ := io.ReadAll(r)
		output <- string(data)
	}()
	s := New("sh", args)
	s.dir = t.TempDir()
	s.files = map[int]*os.File{1: w, 2: w}
	s.files[0], _ = os.Open(os.DevNull)
	code := s.Run(script)
	s.files[0].Close()
	w.Close()
	defer r.Close()
	return <-output, code
}

func TestScripts(t *testing.T) {
	t.Setenv("FROM_ENV", "outer value")
	for _, tc := range []struct {
		name, script, want string
		code               int
	}{
		{"words", `echo a   'b  c' "d  $FROM_ENV" e\ f # comment`, "a b  c d  outer value e f\n", 0},
		{"lists", `true && echo yes || echo no; false && echo yes || echo no; ! false && echo not`, "yes\nno\nnot\n", 0},
		{"exit code", `sh -c 'exit 7'; echo $?; exit 3; echo never`, "7\n", 3},
		{"status of the last", `false`, "", 1},
		{"not found", `no-such-command`, "sh: no-such-command: not found\n", 127},
		{"variables", `x=1; y="$x$x"; echo $y ${y}3 ${z:-default} ${z-d2} ${x:+alt} ${#y} [$z]; z=; echo ${z:=set} $z`, "11 113 default d2 alt 2 []\nset set\n", 0},
		{"an assignment for one command", `X=1 sh -c 'echo $X'; echo [$X]; export Y=2; sh -c 'echo $Y'`, "1\n[]\n2\n", 0},
		{"splitting", `x="a  b"; for i in $x "$x" ''; do echo "<$i>"; done`, "<a>\n<b>\n<a  b>\n<>\n", 0},
		{"trimming", `f=/a/b.tar.gz; echo ${f##*/} ${f%.gz} ${f%%.*} ${f#/}`, "b.tar.gz /a/b.tar /a/b a/b.tar.gz\n", 0},
		{"pipes", `printf 'b\na\n' | sort | head -n 1; echo x | (read y; echo "got $y")`, "a\ngot x\n", 0},
		{"the last stage counts", `false | true; echo $?; true | false`, "0\n", 1},
		{"redirections", `echo one > f; echo two >> f; cat < f; cat nope 2>/dev/null || echo failed; { echo a; echo b >&2; } > g 2>&1; cat g`, "one\ntwo\nfailed\na\nb\n", 0},
		{"a redirection that fails", `echo x > /no/such/file; echo $?`, "sh: cannot open /no/such/file: no such file or directory\n1\n", 0},
		{"if", "if false; then echo a; elif true; then echo b; else echo c; fi\nif [ 1 -gt 2 ]\nthen\n echo d\nelse\n echo e\nfi", "b\ne\n", 0},
		{"while", `i=0; while [ $i -lt 5 ]; do i=$((i+1)); if [ $i = 2 ]; then continue; fi; if [ $i = 4 ]; then break; fi; echo $i; done; echo end $i`, "1\n3\nend 4\n", 0},
		{"until", `i=0; until [ $i -ge 2 ]; do echo $i; i=$((i + 1)); done`, "0\n1\n", 0},
		{"nested loops", `for a in 1 2; do for b in x y; do if [ $b = y ]; then continue 2; fi; echo $a$b; done; echo never; done`, "1x\n2x\n", 0},
		{"arithmetic", `x=5; echo $((x * (2 + 3) % 7)) $((1<2 && 3!=3)) $((-x)) $((0x10 | 1)) $((1 << 4))`, "4 0 -5 17 16\n", 0},
		{"division by zero", `echo $((1/0)); echo never`, "sh: arithmetic: division by zero\n", 2},
		{"substitution", "x=$(echo hi; echo there); echo \"$x\"; echo `echo back`quoted; y=$(exit 4); echo $?", "hi\nthere\nbackquoted\n4\n", 0},
		{"subshell", `x=1; (x=2; cd /; exit 5); echo $? $x; { x=3; }; echo $x`, "5 1\n3\n", 0},
		{"cd", `mkdir d; cd d; echo x > f; cd ..; cat d/f; cd nope; echo $?`, "x\nsh: cd: can't cd to nope\n2\n", 0},
		{"globs", `touch a1 a2 b .a3; echo a* '*' [ab]? "a"* nomatch*`, "a1 a2 * a1 a2 a1 a2 nomatch*\n", 0},
		{"errexit", `set -e; false || echo ok; if false; then :; fi; ! true; false; echo never`, "ok\n", 1},
		{"traps", `trap 'echo bye' EXIT; echo hi; exit 4`, "hi\nbye\n", 4},
		{"a trap of a signal", `trap 'echo caught' USR1; kill -USR1 $$; sleep 0.05; :; echo after`, "caught\nafter\n", 0},
		{"background", `sleep 0.05 & echo first; wait $!; echo $?; (sleep 0.01; exit 3) & wait $!; echo $?; wait`, "first\n0\n3\n", 0},
		{"eval and positional parameters", `set -- a "b c" d; echo $# $1 "$2"; shift; for i in "$@"; do echo "<$i>"; done; eval "echo \$1"`, "3 a b c\n<b c>\n<d>\nb c\n", 0},
		{"read", `printf 'a b c\nlast' | { read x y; echo "$x,$y"; read z; echo "$z $?"; }`, "a,b c\nlast 1\n", 0},
		{"xtrace", `set -x; echo $((1+1))`, "+ echo 2\n2\n", 0},
		{"a required parameter", `echo ${nope:?is missing}; echo never`, "sh: nope: is missing\n", 1},
		{"syntax errors", `echo "open`, "sh: syntax error: unexpected end, \" is not closed\n", 2},
		{"a stray operator", `echo a && && echo b`, "sh: syntax error: unexpected \"&& echo b\"\n", 2},
		{"a line that goes on", "echo a \\\n b", "a b\n", 0},
		{"killed", `sh -c 'kill -9 $$'; echo $?`, "137\n", 0},
		{"exec", `(exec sh -c 'exit 9'); echo $?`, "9\n", 0},
		{"dot", `echo 'x=5; echo dotted' > f; . ./f; echo $x`, "dotted\n5\n", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, code := run(t, tc.script)
			if got != tc.want || code != tc.code {
				t.Errorf("printed %q with code %d, want %q with %d", got, code, tc.want, tc.code)
			}
		})
	}
}

func TestArguments(t *testing.T) {
	got, code := run(t, `echo $# "$@" $0`, "one", "two words")
	if got != "2 one two words sh\n" || code != 0 {
		t.Errorf("%q, %d", got, code)
	}
}

func TestInteract(t *testing.T) {
	in, inW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, outW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s := New("sh", nil)
	s.files = map[int]*os.File{0: in, 1: outW, 2: outW}
	if _, err := io.WriteString(inW, "if true\nthen cat; fi\nthe cat's\n"); err != nil {
		t.Fatal(err)
	}
	inW.Close()
	if code := s.Interact(true); code != 0 {
		t.Errorf("code %d", code)
	}
	outW.Close()
	got, err := io.ReadAll(out)
	if err != nil || string(got) != "$ > the cat's\n$ " {
		t.Errorf("%q, %v", got, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, script := range []string{"if a; then b; fi", "for i in $x; do echo $((1+$(x))); done | c && d &", "${x:-`y`}", "{ a; } > f 2>&1", "((((", "'\"$("} {
		f.Add(script)
	}
	f.Fuzz(func(t *testing.T, script string) {
		if _, err := parse(script); err != nil && !strings.Contains(err.Error(), "syntax error") {
			t.Error(err)
		}
	})
}

func FuzzArithmetic(f *testing.F) {
	f.Add("1+2*(3-x)/0")
	f.Add("-9223372036854775808/-1 % 0")
	f.Fuzz(func(t *testing.T, text string) {
		s := &Shell{vars: map[string]string{"x": "7"}}
		_, _ = s.arithmetic(text)
	})
}
