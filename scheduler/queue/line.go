package queue

import "container/heap"

// line is a heap of entries that know where they are.
type line struct {
	entries []*Entry
	before  func(a, b *Entry) bool
}

func (l *line) push(e *Entry) {
	e.in = l
	heap.Push(l, e)
}

func (l *line) Len() int           { return len(l.entries) }
func (l *line) Less(i, j int) bool { return l.before(l.entries[i], l.entries[j]) }

func (l *line) Swap(i, j int) {
	l.entries[i], l.entries[j] = l.entries[j], l.entries[i]
	l.entries[i].index, l.entries[j].index = i, j
}

// Push is the heap's.
func (l *line) Push(x any) {
	e := x.(*Entry)
	e.index = len(l.entries)
	l.entries = append(l.entries, e)
}

// Pop is the heap's.
func (l *line) Pop() any {
	last := len(l.entries) - 1
	e := l.entries[last]
	l.entries[last] = nil
	l.entries = l.entries[:last]
	return e
}
