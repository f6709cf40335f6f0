package fairness

import (
	"slices"
	"testing"
)

// suggested are the shares and what is lendable of the levels that clusters have from the start.
func suggested() []Level {
	return []Level{
		{Name: "system", Shares: 30, Lendable: 33, Borrowing: Unbounded, Queues: 64, Hand: 6, QueueLength: 50},
		{Name: "node-high", Shares: 40, Lendable: 25, Borrowing: Unbounded, Queues: 64, Hand: 6, QueueLength: 50},
		{Name: "leader-election", Shares: 10, Borrowing: Unbounded, Queues: 16, Hand: 4, QueueLength: 50},
		{Name: "workload-high", Shares: 40, Lendable: 50, Borrowing: Unbounded, Queues: 128, Hand: 6, QueueLength: 50},
		{Name: "workload-low", Shares: 100, Lendable: 90, Borrowing: Unbounded, Queues: 128, Hand: 6, QueueLength: 50},
		{Name: "global-default", Shares: 20, Lendable: 50, Borrowing: Unbounded, Queues: 128, Hand: 6, QueueLength: 50},
		{Name: "catch-all", Shares: 5, Borrowing: Unbounded},
		{Name: "exempt", Exempt: true},
	}
}

// The numbers are those of Kubernetes' documentation, whose server has 600 seats.
func TestDivide(t *testing.T) {
	want := []bounds{{74, 50, 674}, {98, 73, 698}, {25, 25, 625}, {98, 49, 698}, {245, 24, 845}, {49, 24, 649}, {13, 13, 613}, {0, 0, 600}}
	if got := divide(600, suggested()); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	limited := divide(100, []Level{{Shares: 1, Borrowing: 10}, {Shares: 0}})
	if !slices.Equal(limited, []bounds{{100, 100, 110}, {0, 0, 0}}) {
		t.Errorf("with a borrowing limit: %v", limited)
	}
}

func TestAllot(t *testing.T) {
	levels := suggested()
	b := divide(600, levels)
	wants := func(demand map[string]float64) []want {
		list := make([]want, len(levels))
		for i, l := range levels {
			list[i] = want{exempt: l.Exempt, bounds: b[i], high: demand[l.Name], smooth: demand[l.Name]}
		}
		return list
	}
	sum := func(limits []int) (n int) {
		for _, l := range limits {
			n += l
		}
		return n
	}
	for _, test := range []struct {
		name   string
		demand map[string]float64
		check  func(limits []int) bool
	}{
		{"nobody asks: all seats are given out", nil, func(l []int) bool { return sum(l) >= 595 && sum(l) <= 605 }},
		{"one asks for all: it gets what the others lend", map[string]float64{"workload-low": 600}, func(l []int) bool {
			return l[4] >= 360 && l[1] == 73 && l[2] == 25 && sum(l) <= 605
		}},
		{"all ask for all: each has its own", map[string]float64{"system": 600, "node-high": 600, "leader-election": 600, "workload-high": 600, "workload-low": 600, "global-default": 600, "catch-all": 600},
			func(l []int) bool { return l[0] == 74 && l[1] == 98 && l[4] == 245 }},
		{"a lender that needs its seats back has them", map[string]float64{"node-high": 98, "workload-low": 600}, func(l []int) bool { return l[1] == 98 && l[4] > 300 }},
		{"who is exempt takes nothing that it has no share of", map[string]float64{"exempt": 500}, func(l []int) bool { return l[7] == 0 && sum(l) >= 595 }},
	} {
		if got := allot(600, wants(test.demand)); !test.check(got) {
			t.Errorf("%s: %v", test.name, got)
		}
	}
	bound := allot(100, []want{{bounds: bounds{50, 0, 60}, high: 100, smooth: 100}, {bounds: bounds{50, 0, 60}}})
	if bound[0] != 60 {
		t.Errorf("past the borrowing limit: %v", bound)
	}
}

func TestDeal(t *testing.T) {
	counts := make([]int, 16)
	for flow := range 4096 {
		var cards [mostHand]int
		hand := cards[:4]
		deal(hash("schema", string(rune('a'+flow%26))+string(rune(flow))), len(counts), hand)
		for i, card := range hand {
			if card < 0 || card >= len(counts) || i > 0 && card <= hand[i-1] {
				t.Fatalf("a hand of distinct cards, in order: %v", hand)
			}
			counts[card]++
		}
	}
	for card, n := range counts {
		if n < 900 || n > 1150 {
			t.Errorf("card %d was dealt %d times of 16384 among 16", card, n)
		}
	}
}
