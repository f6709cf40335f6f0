package cpus

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Set are processors by their numbers, in order and each once.
type Set []int

// Parse reads what the kernel writes: 0-3,7.
func Parse(text string) (Set, error) {
	var s Set
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		first, err := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		if err != nil || err2 != nil || first < 0 || last < first || last > 1<<16 {
			return nil, fmt.Errorf("%q is no list of CPUs, like 0-3,7", text)
		}
		for n := first; n <= last; n++ {
			s = append(s, n)
		}
	}
	return of(s), nil
}

func of(list []int) Set {
	s := slices.Clone(list)
	slices.Sort(s)
	return slices.Compact(s)
}

// String writes the set as the kernel does.
func (s Set) String() string {
	var parts []string
	for i := 0; i < len(s); {
		j := i
		for j+1 < len(s) && s[j+1] == s[j]+1 {
			j++
		}
		if i == j {
			parts = append(parts, strconv.Itoa(s[i]))
		} else {
			parts = append(parts, strconv.Itoa(s[i])+"-"+strconv.Itoa(s[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ",")
}

// MarshalText and UnmarshalText keep sets readable in files.
func (s Set) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is like MarshalText.
func (s *Set) UnmarshalText(text []byte) (err error) {
	*s, err = Parse(string(text))
	return err
}

// Without is the set but for others; And the set with them.
func (s Set) Without(others Set) Set {
	return slices.DeleteFunc(slices.Clone(s), func(n int) bool { return slices.Contains(others, n) })
}

// And is like Without.
func (s Set) And(others Set) Set { return of(slices.Concat(s, others)) }

// Within tells whether the other set has all of this one.
func (s Set) Within(other Set) bool { return len(s.Without(other)) == 0 }

func (s Set) both(other Set) Set { return s.Without(s.Without(other)) }
