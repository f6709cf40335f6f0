package jobspec

import (
	"fmt"
	"strconv"
	"strings"
)

// Interval is a run of a job's indexes, both ends included.
type Interval struct{ First, Last int }

// CountIndexes counts the indexes that a list such as "1,3-5" names. On a mistake it is what was counted so far: nothing.
func CountIndexes(text string, completions int32) (int, error) {
	total := 0
	intervals, err := ParseIndexes(text, completions)
	if err != nil {
		return 0, err
	}
	for _, i := range intervals {
		total += i.Last - i.First + 1
	}
	return total, nil
}

// ParseIndexes reads a list of a job's indexes, such as "1,3-5": increasing, and each less than completions.
func ParseIndexes(text string, completions int32) ([]Interval, error) {
	if text == "" {
		return nil, nil
	}
	var list []Interval
	last := -1
	for part := range strings.SplitSeq(text, ",") {
		ends := strings.Split(part, "-")
		if len(ends) > 2 {
			return nil, fmt.Errorf("the fragment %q violates the requirement that an index interval can have at most two parts separated by '-'", part)
		}
		first, err := parseIndex(ends[0], completions)
		if err != nil {
			return nil, err
		}
		if last >= first && len(list) > 0 {
			return nil, fmt.Errorf("non-increasing order, previous: %d, current: %d", last, first)
		}
		last = first
		if len(ends) == 2 {
			if last, err = parseIndex(ends[1], completions); err != nil {
				return nil, err
			}
			if first >= last {
				return nil, fmt.Errorf("non-increasing order, previous: %d, current: %d", first, last)
			}
		}
		list = append(list, Interval{first, last})
	}
	return list, nil
}

func parseIndex(text string, completions int32) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("cannot convert string to integer for index: %q", text)
	}
	if n >= int(completions) {
		return 0, fmt.Errorf("too large index: %q", text)
	}
	return n, nil
}

// Overlap finds an index that is in both lists.
func Overlap(a, b []Interval) (int, bool) {
	for len(a) > 0 && len(b) > 0 {
		if first := max(a[0].First, b[0].First); first <= min(a[0].Last, b[0].Last) {
			return first, true
		}
		if a[0].Last < b[0].Last {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return 0, false
}
