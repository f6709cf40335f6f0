package fairness

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Reason is why a request was turned away.
type Reason string

// The reasons, as metrics name them.
const (
	QueueFull        Reason = "queue-full"
	ConcurrencyLimit Reason = "concurrency-limit"
	TimeOut          Reason = "time-out"
	Cancelled        Reason = "cancelled"
)

// adjustEvery is how often levels lend and borrow anew.
const adjustEvery = 10 * time.Second

// Gate lets requests in. Make one with New.
type Gate struct {
	// patience is how long a request may wait.
	patience time.Duration

	configuring sync.Mutex
	current     atomic.Pointer[plan]
}

// plan is a configuration that is in force.
type plan struct {
	config Config
	levels []*level // as in config.Levels
	routes []route  // by precedence
}

type route struct {
	schema *Schema
	level  *level
	stats  *stats
	ids    Identity
}

// Identity names the schema and the level of a request. It is shared, and never changed.
type Identity struct {
	Schema, Level string
	// SchemaUID and LevelUID are kept as header values.
	SchemaUID, LevelUID []string
}

// New makes a gate that lets everything in until it is configured.
func New(patience time.Duration) *Gate {
	g := &Gate{patience: patience}
	g.current.Store(&plan{})
	return g
}

// Configure puts a configuration in force. Requests that wait or are served stay where they are. A schema whose level does not exist is
// passed over.
func (g *Gate) Configure(c Config) {
	g.configuring.Lock()
	defer g.configuring.Unlock()
	now, old := time.Now(), g.current.Load()
	p := &plan{config: c, levels: make([]*level, len(c.Levels))}
	limits := divide(c.Seats, c.Levels)
	byName := map[string]int{}
	for i, l := range c.Levels {
		if p.levels[i] = old.level(l.Name); p.levels[i] == nil {
			p.levels[i] = newLevel(now)
		}
		p.levels[i].configure(l, limits[i])
		byName[l.Name] = i
	}
	for i := range c.Schemas {
		s := &c.Schemas[i]
		n, ok := byName[s.Level]
		if !ok {
			continue
		}
		r := route{schema: s, level: p.levels[n], stats: old.stats(s.Name, s.Level),
			ids: Identity{Schema: s.Name, Level: s.Level, SchemaUID: []string{s.UID}, LevelUID: []string{c.Levels[n].UID}}}
		if r.stats == nil {
			r.stats = &stats{}
		}
		p.routes = append(p.routes, r)
	}
	slices.SortStableFunc(p.routes, func(a, b route) int {
		if a.schema.Precedence != b.schema.Precedence {
			return a.schema.Precedence - b.schema.Precedence
		}
		return strings.Compare(a.schema.Name, b.schema.Name)
	})
	g.current.Store(p)
}

func (p *plan) level(name string) *level {
	for i := range p.config.Levels {
		if p.config.Levels[i].Name == name {
			return p.levels[i]
		}
	}
	return nil
}

func (p *plan) stats(schema, level string) *stats {
	for i := range p.routes {
		if r := &p.routes[i]; r.ids.Schema == schema && r.ids.Level == level {
			return r.stats
		}
	}
	return nil
}

func (p *plan) route(q *Request) *route {
	for i := range p.routes {
		if p.routes[i].schema.matches(q) {
			return &p.routes[i]
		}
	}
	return nil
}

// Ticket is a request's right to be served. The zero Ticket is that of a request that no schema is for.
type Ticket struct {
	level *level
	queue *queue
	stats *stats
	width int
	began time.Time
	// Identity tells where the request was sorted; nil for nowhere.
	Identity *Identity
}

// Enter waits until the request may be served, on so many seats, which are its own until Done. Where it is turned away, the reason is told
// and the ticket is good for its Identity alone.
func (g *Gate) Enter(ctx context.Context, q *Request, width int) (Ticket, Reason) {
	r := g.current.Load().route(q)
	if r == nil {
		return Ticket{}, ""
	}
	now := time.Now()
	t := Ticket{level: r.level, stats: r.stats, width: max(width, 1), began: now, Identity: &r.ids}
	place, w, why := r.level.enter(r.stats, r.schema.flow(q), t.width, now)
	if why == "" && w != nil {
		why = g.wait(ctx, r.level, w)
		t.began = time.Now()
		r.stats.waited(t.began.Sub(now))
	}
	if why != "" {
		r.stats.reject(why)
		return Ticket{Identity: t.Identity}, why
	}
	t.queue = place
	r.stats.dispatched.Add(1)
	r.stats.serving.Add(1)
	return t, ""
}

func (g *Gate) wait(ctx context.Context, l *level, w *waiter) Reason {
	select {
	case <-w.ready:
		return ""
	default:
	}
	timer := time.NewTimer(g.patience)
	defer timer.Stop()
	why := TimeOut
	select {
	case <-w.ready:
		return ""
	case <-ctx.Done():
		why = Cancelled
	case <-timer.C:
	}
	if !l.giveUp(w, time.Now()) {
		return "" // just now it was served: who asks no more will find out soon
	}
	return why
}

// Done gives the seats back. It is called once.
func (t *Ticket) Done() {
	if t.level == nil {
		return
	}
	now := time.Now()
	t.level.done(t.queue, t.width, now.Sub(t.began), now)
	t.stats.serving.Add(-1)
}

// Run lends and borrows seats until the context ends.
func (g *Gate) Run(ctx context.Context) {
	ticker := time.NewTicker(adjustEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			g.adjust()
		}
	}
}

func (g *Gate) adjust() {
	g.configuring.Lock()
	defer g.configuring.Unlock()
	p, now := g.current.Load(), time.Now()
	wants := make([]want, len(p.levels))
	for i, l := range p.levels {
		wants[i] = l.want(now)
	}
	for i, limit := range allot(p.config.Seats, wants) {
		p.levels[i].setLimit(limit, now)
	}
}
