package repolint

// A room is a folder at the root. Code may import rooms of lower floors only; rooms of one floor do not know each other; a
// room's own folders may import each other.
type room struct {
	name  string
	floor int
	why   string // what the room is, from which follows what it may know

	// only, if set, are the other rooms that it may import, instead of everything lower.
	only    []string
	onlyWhy string
}

// house is the design's root listing, top to bottom.
var house = []room{
	{name: "cmd", floor: 9, why: "main: the runtime's hook first, then the command line"},
	{name: "tools", floor: 9, why: "generators and checks, no part of the product"},
	{name: "test", floor: 9, why: "what needs the whole binary, no part of the product"},

	{name: "cli", floor: 8, why: "the command line turns flags into options",
		only: []string{"app"}, onlyWhy: "what a command does is decided in app; cli only parses and prints"},
	{name: "app", floor: 7, why: "the composition root, the only room that knows all the others"},

	{name: "controllers", floor: 6, why: "one folder a controller",
		only: components, onlyWhy: componentsWhy},
	{name: "scheduler", floor: 6, why: "decisions are pure functions of a snapshot",
		only: components, onlyWhy: componentsWhy},
	{name: "node", floor: 6, why: "the agent",
		only: []string{"api", "base", "facts", "client", "volume"}, onlyWhy: componentsWhy + "; node reaches containers by CRI alone and prepares mounts through volume"},
	{name: "network", floor: 6, why: "desired tables, and reconcilers that put them into the kernel",
		only: components, onlyWhy: componentsWhy},
	{name: "dashboard", floor: 6, why: "an ordinary client with a page",
		only: components, onlyWhy: componentsWhy},

	{name: "server", floor: 5, why: "the HTTP face, a thin one: everything it can do is the pipeline's"},
	{name: "runtime", floor: 5, why: "containers, behind CRI; knows nothing of the cluster",
		only: []string{"base"}, onlyWhy: "the runtime can be served to another cluster's node over a socket, so it must not need ours"},
	{name: "volume", floor: 5, why: "volumes become mounts"},

	{name: "extend", floor: 4, why: "kinds made at run time, on the same pipeline"},
	{name: "admission", floor: 4, why: "one folder a plugin"},
	{name: "access", floor: 4, why: "who you are and what you may do"},

	{name: "resource", floor: 3, why: "the verbs as one pipeline with no HTTP in it"},
	{name: "client", floor: 3, why: "the contract by which every component reads and writes the cluster"},

	{name: "cache", floor: 2, why: "the one live copy of the cluster"},
	{name: "kinds", floor: 2, why: "what a kind is"},

	{name: "facts", floor: 1, why: "pure questions about API objects"},
	{name: "store", floor: 1, why: "keys, bytes and revisions",
		only: []string{"base"}, onlyWhy: "the store sees bytes only, so that any engine can stand behind it"},

	{name: "api", floor: 0, why: "types only"},
	{name: "base", floor: 0, why: "leaves named by what they do"},
}

// components act on the cluster through client, and so can run in the server's process or far away.
var components = []string{"api", "base", "facts", "client"}

const componentsWhy = "components know the cluster through client and facts only, so that each can run in the server's process or far away and cannot tell which"

// A fence is a rule about particular folders that the floors alone do not express.
type fence struct {
	from []string // rooms or folders that it binds
	into string   // a room or folder…
	keep []string // …of which these packages stay allowed, by exact path
	why  string
	do   string
}

var fences = []fence{
	{
		from: []string{"server", "resource", "cache", "client", "extend", "admission", "access"}, into: "kinds/catalogue",
		why: "built-in and custom resources must look alike to everything below app",
		do:  "take the descriptors as an argument; app hands them in",
	},
	{
		from: []string{"server", "resource", "cache", "client", "extend"}, into: "kinds/*/*",
		why: "the server and the pipeline see descriptors, never a concrete kind",
		do:  "add what is needed to the descriptor, as an optional function",
	},
	{
		from: []string{"controllers/*"}, into: "controllers/*", keep: []string{"controllers/loop", "controllers/claim"}, // what all, or several, are built on
		why: "controllers do not know each other: they meet in the API objects",
		do:  "move a shared question to facts, shared machinery to controllers/loop",
	},
	{
		from: []string{"*"}, into: "cli", keep: nil,
		why: "only cmd may import cli",
		do:  "turn the dependency round",
	},
	{
		from: []string{"*"}, into: "app", keep: nil,
		why: "only cli may import app: whoever knows the composition root knows everything",
		do:  "state a small interface in your own room and let app hand it in",
	},
}

// excused are the importers that a fence for everyone does not bind.
var excused = map[string][]string{
	"cli": {"cmd", "cli"},
	"app": {"cli", "app"},
}
