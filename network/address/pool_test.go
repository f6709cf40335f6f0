package address

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func pool(t testing.TB, prefix string) *Pool {
	t.Helper()
	p, err := NewPool(netip.MustParsePrefix(prefix))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func next(t *testing.T, p *Pool) string {
	t.Helper()
	a, err := p.Next()
	if err != nil {
		t.Fatal(err)
	}
	return a.String()
}

func TestRangesRefused(t *testing.T) {
	for prefix, want := range map[string]string{
		"10.244.0.0/32":      "too small",
		"10.244.0.0/31":      "too small",
		"10.244.0.5/24":      "did you mean 10.244.0.0/24?",
		"127.0.0.0/8":        "not a range for hosts",
		"224.0.0.0/24":       "not a range for hosts",
		"169.254.0.0/16":     "not a range for hosts",
		"0.0.0.0/0":          "not a range for hosts",
		"fe80::/64":          "not a range for hosts",
		"::ffff:10.0.0.0/96": "not an IPv4 or IPv6 prefix",
		"fd00::/127":         "too small",
	} {
		if _, err := NewPool(netip.MustParsePrefix(prefix)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", prefix, err, want)
		}
	}
	if _, err := NewPool(netip.Prefix{}); err == nil {
		t.Error("the zero prefix was accepted")
	}
}

func TestEdgesAreKept(t *testing.T) {
	for prefix, want := range map[string][]string{
		"10.244.0.0/30": {"10.244.0.2"},
		"10.244.7.0/29": {"10.244.7.2", "10.244.7.3", "10.244.7.4", "10.244.7.5", "10.244.7.6"},
		"fd00:1::/126":  {"fd00:1::2", "fd00:1::3"},
	} {
		p := pool(t, prefix)
		if got := p.Gateway(); got != p.Prefix().Addr().Next() {
			t.Errorf("%s: gateway %s", prefix, got)
		}
		if p.Capacity() != len(want) {
			t.Errorf("%s: capacity %d, want %d", prefix, p.Capacity(), len(want))
		}
		var got []string
		for {
			a, err := p.Next()
			if err != nil {
				if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), prefix) {
					t.Errorf("%s: the error of a full range is %q", prefix, err)
				}
				break
			}
			got = append(got, a.String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", prefix, got, want)
		}
	}
}

func TestLongestFreeFirst(t *testing.T) {
	p := pool(t, "10.244.0.0/29")
	for range 3 {
		next(t, p) // .2 .3 .4
	}
	p.Release(netip.MustParseAddr("10.244.0.3"))
	p.Release(netip.MustParseAddr("10.244.0.2"))
	var got []string
	for range 4 {
		got = append(got, next(t, p))
	}
	if want := []string{"10.244.0.5", "10.244.0.6", "10.244.0.3", "10.244.0.2"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTakeRefusesWhatItMust(t *testing.T) {
	p := pool(t, "10.244.0.0/24")
	for _, a := range []string{"10.244.0.0", "10.244.0.1", "10.244.0.255", "10.245.0.4", "fd00::2"} {
		if err := p.Take(netip.MustParseAddr(a)); err == nil {
			t.Errorf("%s was taken", a)
		}
	}
	five := netip.MustParseAddr("10.244.0.5")
	if err := p.Take(five); err != nil {
		t.Fatal(err)
	}
	if err := p.Take(five); err == nil {
		t.Error("taken twice")
	}
	p.Release(netip.MustParseAddr("10.244.0.9")) // never taken: must not become free twice
	p.Release(five)
	p.Release(five)
	if got := p.Released(); len(got) != 1 || got[0] != five {
		t.Errorf("released: %v", got)
	}
}

func TestVeryLargeRanges(t *testing.T) {
	for _, prefix := range []string{"10.0.0.0/8", "fd00::/64", "fd00::/8"} {
		p := pool(t, prefix)
		if p.Capacity() != maxSize-2 {
			t.Errorf("%s: capacity %d", prefix, p.Capacity())
		}
		seen := map[netip.Addr]bool{}
		for range p.Capacity() {
			a, err := p.Next()
			if err != nil {
				t.Fatal(err)
			}
			if seen[a] || !p.Prefix().Contains(a) {
				t.Fatalf("%s: %s is handed out twice or from outside", prefix, a)
			}
			seen[a] = true
		}
		if _, err := p.Next(); !errors.Is(err, ErrFull) {
			t.Errorf("%s: got %v", prefix, err)
		}
	}
}

// FuzzPool drives a pool against a plain model: nothing is handed out twice, what is free is handed out in the order in
// which it became free, and a pool rebuilt from what is known goes on as if nothing had happened.
func FuzzPool(f *testing.F) {
	f.Add(uint8(3), []byte{0, 0, 0, 0x81, 0, 0x80, 0x40, 0, 0, 0})
	f.Add(uint8(4), []byte{0, 0x43, 0, 0, 0x82, 0x83, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, bits uint8, steps []byte) {
		p := pool(t, netip.PrefixFrom(netip.MustParseAddr("10.244.0.0"), 30-int(bits%4)).String())
		var inUse, free []netip.Addr // free: oldest first
		for i, a := 0, p.Gateway().Next(); i < p.Capacity(); i, a = i+1, a.Next() {
			free = append(free, a)
		}
		for _, step := range steps {
			n := int(step & 0x3f)
			switch step >> 6 {
			case 0: // next
				a, err := p.Next()
				if len(free) == 0 {
					if !errors.Is(err, ErrFull) {
						t.Fatalf("a full pool gave %v, %v", a, err)
					}
					continue
				}
				if err != nil || a != free[0] {
					t.Fatalf("got %v, %v, want %v", a, err, free[0])
				}
				free, inUse = free[1:], append(inUse, a)
			case 1: // take
				if len(free) == 0 {
					continue
				}
				i := n % len(free)
				if err := p.Take(free[i]); err != nil {
					t.Fatal(err)
				}
				if err := p.Take(free[i]); err == nil {
					t.Fatalf("%v taken twice", free[i])
				}
				inUse = append(inUse, free[i])
				free = slices.Delete(free, i, i+1)
			case 2: // release
				if len(inUse) == 0 {
					continue
				}
				i := n % len(inUse)
				p.Release(inUse[i])
				free = append(free, inUse[i])
				inUse = slices.Delete(inUse, i, i+1)
			case 3: // start again
				again := pool(t, p.Prefix().String())
				released := p.Released()
				for _, a := range released {
					if err := again.Take(a); err != nil {
						t.Fatal(err)
					}
				}
				for _, a := range released {
					again.Release(a)
				}
				for _, a := range inUse {
					if err := again.Take(a); err != nil {
						t.Fatal(err)
					}
				}
				p = again
			}
			if p.InUse() != len(inUse) {
				t.Fatalf("%d in use, want %d", p.InUse(), len(inUse))
			}
		}
	})
}

func BenchmarkNextRelease(b *testing.B) {
	p := pool(b, "10.244.0.0/24")
	for b.Loop() {
		a, err := p.Next()
		if err != nil {
			b.Fatal(err)
		}
		p.Release(a)
	}
}
