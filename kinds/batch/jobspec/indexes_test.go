package jobspec

import "testing"

func TestIndexes(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "0": 1, "0-3": 4, "1,3-5,9": 5, // good
		"x": -1, "1,": -1, "10": -1, "3-12": -1, "5-5": -1, "3,2": -1, "1-2-3": -1, "-1": -1, "0,0": -1,
	} {
		n, err := CountIndexes(text, 10)
		if err != nil {
			n = -1
		}
		if n != want {
			t.Errorf("%q: %d (%v), want %d", text, n, err, want)
		}
	}
}

func TestOverlap(t *testing.T) {
	for _, c := range []struct {
		a, b string
		at   int
	}{{"0-2", "3-5", -1}, {"0-2,7", "3-5,7-8", 7}, {"1", "0-4", 1}, {"", "1", -1}} {
		a, _ := ParseIndexes(c.a, 10)
		b, _ := ParseIndexes(c.b, 10)
		at, ok := Overlap(a, b)
		if !ok {
			at = -1
		}
		if at != c.at {
			t.Errorf("%q and %q: %d, want %d", c.a, c.b, at, c.at)
		}
	}
}

func FuzzParseIndexes(f *testing.F) {
	f.Add("1,3-5")
	f.Add("-")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ParseIndexes(text, 1000)
		if err != nil {
			return
		}
		last := -1
		for _, i := range list {
			if i.First <= last || i.Last < i.First || i.Last >= 1000 {
				t.Fatalf("%q: %v", text, list)
			}
			last = i.Last
		}
	})
}
