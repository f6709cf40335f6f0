package repolint

// A ban is an import that is allowed to nobody, or to nobody in one room. Paths end in "/…" when everything below is meant
// too.
type ban struct {
	path   string
	within string // the room that it binds; all if empty
	why    string
	do     string
}

var bans = []ban{
	{path: "k8s.io/kubernetes/…",
		why: "Argosy is Kubernetes written anew; only the conformance tests, a module of their own, may use it",
		do:  "write it, or take it from a library that k8s.io publishes for others"},
	{path: "k8s.io/apiserver/pkg/server/…", why: apiserverWhy, do: apiserverDo},
	{path: "k8s.io/apiserver/pkg/registry/…", why: apiserverWhy, do: apiserverDo},
	{path: "k8s.io/apiserver/pkg/storage/…", why: apiserverWhy, do: apiserverDo},
	{path: "k8s.io/apiserver/pkg/endpoints/…", why: apiserverWhy, do: apiserverDo},
	{path: "github.com/opencontainers/runc/…",
		why: "the start of a container is our own: libcontainer costs several times what the kernel does",
		do:  "use runtime/…; for cgroups, github.com/opencontainers/cgroups"},
	{path: "C",
		why: "the product is pure Go, one static binary",
		do:  "use golang.org/x/sys/unix"},
	{path: "k8s.io/…", within: "store",
		why: "the store sees bytes only, so that any engine can stand behind it",
		do:  "encode and decode in the caller"},
	{path: "sigs.k8s.io/…", within: "store",
		why: "the store sees bytes only, so that any engine can stand behind it",
		do:  "encode and decode in the caller"},
}

const (
	apiserverWhy = "the server parts of k8s.io/apiserver are what Argosy is"
	apiserverDo  = "write it in server, resource, cache or store"
)

// blankImports are the packages that may be imported for their side effect alone, by the room that may.
var blankImports = []struct{ path, within, why string }{
	{"embed", "", "the language asks for it beside a //go:embed of a string or bytes"},
	{"crypto/sha256", "", "crypto.Hash finds only the algorithms that are linked in"},
	{"crypto/sha512", "", "crypto.Hash finds only the algorithms that are linked in"},
	{"time/tzdata", "kinds", "which time zones a schedule may name must not depend on the machine, and a minimal one has none"},
	{"k8s.io/client-go/plugin/pkg/client/auth", "cli", "kubectl's login plugins register themselves, there is no other way to have them"},
}

// folderNames are the names that no folder may have.
var folderNames = []string{"util", "utils", "common", "helper", "helpers", "misc", "manager", "managers", "types", "shared"}

// fileNames are the names that no Go file may have.
var fileNames = []string{"util.go", "utils.go", "common.go", "helper.go", "helpers.go", "misc.go", "manager.go"}
