package fairness

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// gate makes one with a level of so many seats, into which everybody comes by their own name.
func gate(seats int, l Level) *Gate {
	l.Name, l.Shares, l.Borrowing = "l", 1, Unbounded
	g := New(15 * time.Second)
	g.Configure(Config{Seats: seats, Levels: []Level{l}, Schemas: []Schema{{Name: "s", Level: "l", Distinguisher: ByUser,
		Rules: []Rule{{Subjects: []Subject{{User: "*"}}, Resources: []Resources{{Verbs: []string{"*"}, Groups: []string{"*"}, Names: []string{"*"}, Cluster: true}}}}}}})
	return g
}

var queued = Level{Queues: 64, Hand: 6, QueueLength: 50}

// A client that asks without a pause, a thousand at a time, fills its own queues and no others': nodes that each ask for
// something once in a while are served as if they were alone, and what the greedy one has too much of is turned away.
func TestGreedyDoesNotStarveNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const took = 10 * time.Millisecond
		g, ctx := gate(10, queued), t.Context()
		end := time.Now().Add(time.Minute)
		var group sync.WaitGroup
		var mutex sync.Mutex
		served, refused, worst := 0, 0, time.Duration(0)
		for range 1000 {
			group.Go(func() {
				for time.Now().Before(end) {
					ticket, why := g.Enter(ctx, &Request{User: "greedy", Verb: "list", Resource: "pods"}, 1)
					mutex.Lock()
					if why == "" {
						served++
					} else {
						refused++
					}
					mutex.Unlock()
					if why != "" {
						time.Sleep(time.Second) // as it is told to
						continue
					}
					time.Sleep(took)
					ticket.Done()
				}
			})
		}
		for node := range 20 {
			group.Go(func() {
				time.Sleep(time.Duration(node) * 7 * time.Millisecond)
				for time.Now().Before(end) {
					began := time.Now()
					ticket, why := g.Enter(ctx, &Request{User: fmt.Sprint("node-", node), Verb: "update", Resource: "leases"}, 1)
					mutex.Lock()
					if why != "" {
						t.Errorf("node %d was turned away: %s", node, why)
					}
					worst = max(worst, time.Since(began))
					mutex.Unlock()
					time.Sleep(took)
					ticket.Done()
					time.Sleep(200 * time.Millisecond)
				}
			})
		}
		group.Wait()
		if worst > 5*took {
			t.Errorf("a node waited %v, longer than five requests last", worst)
		}
		if served < 4000 || refused == 0 {
			t.Errorf("of the greedy client's requests %d were served and %d refused: the seats that nobody else needed are its own, and no more", served, refused)
		}
		idle(t, g)
	})
}

// Two clients with as much to ask as they can have the same, however many requests each has waiting.
func TestShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, end := gate(4, queued), time.Now().Add(20*time.Second)
		var group sync.WaitGroup
		var mutex sync.Mutex
		served := map[string]int{}
		for user, clients := range map[string]int{"many": 200, "few": 20} {
			for range clients {
				group.Go(func() {
					for time.Now().Before(end) {
						ticket, why := g.Enter(t.Context(), &Request{User: user}, 1)
						if why != "" {
							t.Error(why)
							return
						}
						time.Sleep(5 * time.Millisecond)
						ticket.Done()
						mutex.Lock()
						served[user]++
						mutex.Unlock()
					}
				})
			}
		}
		group.Wait()
		// The many have six queues to the few's six, so the parts are alike but not equal: hands may overlap.
		if part := float64(served["few"]) / float64(served["many"]+served["few"]); part < 0.35 || part > 0.65 {
			t.Errorf("the few were served %v of the time: %v", part, served)
		}
		idle(t, g)
	})
}

func TestRejections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate(1, Level{Queues: 1, Hand: 1, QueueLength: 1})
		first, _ := g.Enter(t.Context(), &Request{}, 1)
		results := make(chan Reason, 1)
		ask := func(ctx context.Context) {
			go func() { _, why := g.Enter(ctx, &Request{}, 1); results <- why }()
			synctest.Wait()
		}
		began := time.Now()
		ask(t.Context())
		if _, why := g.Enter(t.Context(), &Request{}, 1); why != QueueFull {
			t.Errorf("a full queue: %q", why)
		}
		if why := <-results; why != TimeOut || time.Since(began) != 15*time.Second {
			t.Errorf("after %v: %q", time.Since(began), why)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ask(ctx)
		cancel()
		if why := <-results; why != Cancelled {
			t.Errorf("cancelled: %q", why)
		}
		first.Done()
		idle(t, g)
		figures := g.Flows()[0]
		if figures.Rejected[QueueFull] != 1 || figures.Rejected[TimeOut] != 1 || figures.Rejected[Cancelled] != 1 || figures.Dispatched != 1 || figures.Waited != 3 {
			t.Errorf("counted %+v", figures)
		}
	})
}

func TestWithoutQueues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate(2, Level{})
		a, _ := g.Enter(t.Context(), &Request{}, 1)
		b, _ := g.Enter(t.Context(), &Request{}, 1)
		if _, why := g.Enter(t.Context(), &Request{}, 1); why != ConcurrencyLimit {
			t.Errorf("a third of two: %q", why)
		}
		a.Done()
		c, why := g.Enter(t.Context(), &Request{}, 1)
		if why != "" {
			t.Errorf("after one was over: %q", why)
		}
		b.Done()
		c.Done()
		idle(t, g)
	})
}

// A wide request waits until it fits, is not passed by narrow ones for ever, and is served alone where it never fits.
func TestWide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate(4, queued)
		narrow, _ := g.Enter(t.Context(), &Request{User: "a"}, 1)
		var order []string
		var mutex sync.Mutex
		ask := func(user string, width int) {
			go func() {
				ticket, _ := g.Enter(t.Context(), &Request{User: user}, width)
				mutex.Lock()
				order = append(order, user)
				mutex.Unlock()
				time.Sleep(time.Second)
				ticket.Done()
			}()
			synctest.Wait()
		}
		ask("wide", 10)
		time.Sleep(time.Minute / 60)
		ask("late", 1)
		mutex.Lock()
		if len(order) > 1 {
			t.Errorf("beside a narrow one: %v", order)
		}
		mutex.Unlock()
		narrow.Done()
		time.Sleep(5 * time.Second)
		mutex.Lock()
		defer mutex.Unlock()
		if len(order) != 2 {
			t.Errorf("served %v", order)
		}
		idle(t, g)
	})
}

func TestExemptAndJail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		exempt := gate(1, Level{Exempt: true})
		for range 100 {
			if _, why := exempt.Enter(t.Context(), &Request{}, 10); why != "" {
				t.Fatal(why)
			}
		}
		jail := gate(0, queued)
		if _, why := jail.Enter(t.Context(), &Request{}, 1); why != TimeOut {
			t.Errorf("in a level without seats: %q", why)
		}
	})
}

// A level under load borrows what others do not use, and gives it back.
func TestBorrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(time.Minute)
		all := []Resources{{Verbs: []string{"*"}, Groups: []string{"*"}, Names: []string{"*"}, Cluster: true}}
		level := func(name string) Level {
			return Level{Name: name, Shares: 1, Lendable: 50, Borrowing: Unbounded, Queues: 8, Hand: 2, QueueLength: 100}
		}
		schema := func(name string) Schema {
			return Schema{Name: name, Level: name, Rules: []Rule{{Subjects: []Subject{{User: name}}, Resources: all}}}
		}
		g.Configure(Config{Seats: 20, Levels: []Level{level("a"), level("b")}, Schemas: []Schema{schema("a"), schema("b")}})
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() { g.Run(ctx) })
		load := func(user string, d time.Duration) {
			end := time.Now().Add(d)
			for range 40 {
				group.Go(func() {
					for time.Now().Before(end) {
						ticket, _ := g.Enter(ctx, &Request{User: user}, 1)
						time.Sleep(20 * time.Millisecond)
						ticket.Done()
					}
				})
			}
		}
		load("a", time.Minute)
		time.Sleep(30 * time.Second)
		if l := g.Levels(); l[0].Limit != 15 || l[1].Limit != 5 {
			t.Errorf("while b is idle: %+v", l)
		}
		load("b", 30*time.Second)
		time.Sleep(29 * time.Second)
		if l := g.Levels(); l[0].Limit != 10 || l[1].Limit != 10 {
			t.Errorf("while both are busy: %+v", l)
		}
		cancel()
		group.Wait()
		idle(t, g)
	})
}

// Settings change under load without losing a request.
func TestReconfigure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate(2, queued)
		var group sync.WaitGroup
		for i := range 200 {
			group.Go(func() {
				ticket, why := g.Enter(t.Context(), &Request{User: fmt.Sprint(i)}, 1)
				if why != "" {
					t.Error(why)
				}
				time.Sleep(10 * time.Millisecond)
				ticket.Done()
			})
		}
		time.Sleep(100 * time.Millisecond)
		c := g.current.Load().config
		c.Levels = []Level{{Name: "l", Shares: 1, Borrowing: Unbounded, Queues: 2, Hand: 1, QueueLength: 1}}
		g.Configure(c)
		group.Wait()
		idle(t, g)
		g.Configure(Config{})
		if ticket, why := g.Enter(t.Context(), &Request{}, 1); why != "" || ticket.Identity != nil {
			t.Errorf("without any schema: %q", why)
		}
	})
}

// idle checks that nothing is left of what was served.
func idle(t *testing.T, g *Gate) {
	t.Helper()
	for _, l := range g.current.Load().levels {
		l.mutex.Lock()
		if l.seats != 0 || l.waiting != 0 || l.busy != 0 || len(l.crowded) != 0 || l.demand.now != 0 {
			t.Errorf("left behind: %d seats, %d waiting, %d busy queues, %d crowded, demand %d", l.seats, l.waiting, l.busy, len(l.crowded), l.demand.now)
		}
		l.mutex.Unlock()
	}
	for _, f := range g.Flows() {
		if f.Serving != 0 || f.Waiting != 0 {
			t.Errorf("left behind: %+v", f)
		}
	}
}

func BenchmarkEnter(b *testing.B) {
	all := []Resources{{Verbs: []string{"*"}, Groups: []string{"*"}, Names: []string{"*"}, Namespaces: []string{"*"}, Cluster: true}}
	c := Config{Seats: 600, Levels: suggested()}
	for i, l := range []string{"exempt", "leader-election", "leader-election", "workload-high", "node-high", "system", "workload-high", "workload-high", "workload-high", "workload-low", "global-default"} {
		c.Schemas = append(c.Schemas, Schema{Name: l + fmt.Sprint(i), Level: l, Precedence: i, Distinguisher: ByUser, Rules: []Rule{{Subjects: []Subject{{Group: fmt.Sprint("group-", i)}}, Resources: all}}})
	}
	g := New(15 * time.Second)
	g.Configure(c)
	for _, last := range []int{0, 9} {
		b.Run(c.Schemas[last].Level, func(b *testing.B) {
			q := Request{User: "system:serviceaccount:ns:name", Groups: []string{"system:serviceaccounts", "system:authenticated", fmt.Sprint("group-", last)}, Verb: "get", Resource: "pods", Namespace: "ns"}
			b.ReportAllocs()
			for b.Loop() {
				ticket, why := g.Enter(b.Context(), &q, 1)
				if why != "" {
					b.Fatal(why)
				}
				ticket.Done()
			}
		})
	}
}
