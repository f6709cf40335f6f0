package fairness

import "math"

// bounds are a level's limits, which follow from the configuration alone.
type bounds struct {
	// nominal is the level's own part of the server's seats; it may come down to least while it lends, and go up to most while it borrows.
	nominal, least, most int
}

// divide gives each level its bounds.
func divide(seats int, levels []Level) []bounds {
	shares := 0
	for _, l := range levels {
		shares += l.Shares
	}
	list := make([]bounds, len(levels))
	for i, l := range levels {
		b := &list[i]
		if shares > 0 {
			b.nominal = int(math.Ceil(float64(seats) * float64(l.Shares) / float64(shares)))
		}
		b.least = b.nominal - percent(b.nominal, l.Lendable)
		b.most = b.nominal + seats
		if l.Borrowing != Unbounded && !l.Exempt {
			b.most = b.nominal + percent(b.nominal, l.Borrowing)
		}
	}
	return list
}

func percent(n, p int) int { return int(math.Round(float64(n) * float64(p) / 100)) }

// want is how many seats a level should have now.
type want struct {
	exempt bool
	bounds
	// high is the most that the level could have used of late, smooth what it tends to.
	high, smooth float64
}

// floor is what a level has in any case: of what it lends it keeps as much as it needs itself.
func (w *want) floor() float64 {
	return math.Max(float64(w.least), math.Min(float64(w.nominal), w.high))
}

func (w *want) target() float64 { return math.Max(w.floor(), w.smooth) }

// allot sets the levels' limits for a while. What is left after the floors goes to the levels in proportion to their targets, so that for all
// that are not at a bound the part of the target that they get is the same.
func allot(seats int, wants []want) []int {
	limits := make([]int, len(wants))
	left, sum := float64(seats), 0.0
	for i := range wants {
		if w := &wants[i]; w.exempt {
			limits[i] = int(math.Round(w.floor()))
			left -= w.floor()
		} else {
			sum += w.floor()
		}
	}
	at := func(w *want, part float64) float64 {
		return math.Min(float64(w.most), math.Max(w.floor(), part*w.target()))
	}
	low, high := 0.0, 1.0
	total := func(part float64) (sum float64) {
		for i := range wants {
			if !wants[i].exempt {
				sum += at(&wants[i], part)
			}
		}
		return sum
	}
	if sum < left {
		for range 64 { // as far as it may be that all are at their upper bounds
			if total(high) >= left {
				break
			}
			high *= 2
		}
		for range 50 {
			if mid := (low + high) / 2; total(mid) < left {
				low = mid
			} else {
				high = mid
			}
		}
	} else {
		high = 0
	}
	for i := range wants {
		if w := &wants[i]; !w.exempt {
			limits[i] = int(math.Round(at(w, high)))
		}
	}
	return limits
}
