package wire

import (
	"strconv"
	"strings"
)

// AppendRecord writes p as the text that is kept on disk: one "key value" a line, for people to read as well.
func (p *Process) AppendRecord(b []byte) []byte {
	oom := int64(0)
	if p.OOMKilled {
		oom = 1
	}
	for _, f := range [...]struct {
		key   string
		value int64
	}{
		{"pid", int64(p.PID)}, {"ticks", int64(p.StartTicks)}, {"started", p.Started}, {"finished", p.Finished},
		{"code", int64(p.Code)}, {"oom", oom},
	} {
		b = append(b, f.key...)
		b = append(b, ' ')
		b = strconv.AppendInt(b, f.value, 10)
		b = append(b, '\n')
	}
	return b
}

// ParseRecord reads what AppendRecord wrote. Unknown keys are passed over, for a later build may know more.
func ParseRecord(id string, b []byte) (Process, error) {
	p := Process{ID: id}
	for line := range strings.Lines(string(b)) {
		key, text, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		value, err := strconv.ParseInt(text, 10, 64)
		if !ok || err != nil {
			return p, ErrMalformed
		}
		switch key {
		case "pid":
			p.PID = uint32(value)
		case "ticks":
			p.StartTicks = uint64(value)
		case "started":
			p.Started = value
		case "finished":
			p.Finished = value
		case "code":
			p.Code = int32(value)
		case "oom":
			p.OOMKilled = value != 0
		}
	}
	return p, nil
}
