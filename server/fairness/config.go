package fairness

// Config is who is served how. It is not changed after it was handed over.
type Config struct {
	// Seats are the server's concurrency, divided among the levels by their shares.
	Seats   int
	Levels  []Level
	Schemas []Schema
}

// Level is a priority level: requests that share seats.
type Level struct {
	Name, UID string
	// Exempt levels are never limited. Their shares count when seats are divided.
	Exempt bool
	Shares int
	// Lendable and Borrowing are percentages of the level's nominal seats: how many others may use, and how many of others' it may use
	// itself; Unbounded for as many as there are.
	Lendable, Borrowing int
	// Queues is 0 for a level that turns away what it cannot serve at once.
	Queues, Hand, QueueLength int
}

// Unbounded is a Borrowing without a limit.
const Unbounded = -1

// Distinguisher tells the flows of a schema apart.
type Distinguisher int

// Requests of a schema are one flow, or one for each user or each namespace.
const (
	None Distinguisher = iota
	ByUser
	ByNamespace
)

// Schema sorts requests into a level. The one with the lowest precedence that matches wins, the first by name among equals.
type Schema struct {
	Name, UID, Level string
	Precedence       int
	Distinguisher    Distinguisher
	Rules            []Rule
}

// Rule matches requests of any of the subjects for any of the targets.
type Rule struct {
	Subjects  []Subject
	Resources []Resources
	Paths     []Paths
}

// Subject is a user or a group; exactly one field is set. "*" is all of them. A user that ends in ":*" is all that begin like it.
type Subject struct{ User, Group string }

// Resources are targets below the API's paths. "*" is all.
type Resources struct {
	Verbs, Groups []string
	// Names are resources or, with a slash, subresources.
	Names []string
	// Namespaces that a request may name; Cluster allows that it names none.
	Namespaces []string
	Cluster    bool
}

// Paths are other targets: whole paths, or all below one ("/a/*").
type Paths struct{ Verbs, Paths []string }

// Request is what classification looks at.
type Request struct {
	User   string
	Groups []string
	Verb   string
	// Path is set for what is not a resource.
	Path                                    string
	Group, Resource, Subresource, Namespace string
}
