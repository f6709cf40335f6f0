package shell

// The syntax tree.
type (
	// list is commands one after the other.
	list []andOr
	// andOr is pipelines joined by && and ||; ops[i] is before pipelines[i+1].
	andOr struct {
		pipelines  []pipeline
		ops        []string
		background bool
	}
	pipeline struct {
		negated  bool
		commands []command
	}
	// command is one of simple, group, conditional, loop and iteration, with redirections.
	command struct {
		simple    []word
		assigns   []assign
		redirects []redirect
		compound  any // subshell, group, conditional, loop, iteration; nil for a simple command
	}
	subshell    struct{ body list }
	group       struct{ body list }
	conditional struct {
		tests, bodies []list
		otherwise     list
	}
	loop struct {
		until      bool
		test, body list
	}
	iteration struct {
		name  string
		items []word
		body  list
	}
	assign struct {
		name  string
		value word
	}
	redirect struct {
		fd     int
		op     string // < > >> >& <&
		target word
	}
	word []part
	// part of a word: text, or something to expand.
	part struct {
		text   string
		quoted bool
		param  *param
		cmd    list
		isCmd  bool
		arith  word
		isMath bool
	}
	param struct {
		name, op string // op: "" - :- + :+ = := ? :? # ## % %% length
		arg      word
	}
)
