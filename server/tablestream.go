package server

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/cache"
	"argosy.dev/kinds"
	"argosy.dev/resource"
)

// streamsTable tells that a list can be written by writeTable: as JSON that nobody indents, of built-in objects, which are encoded with their
// metadata as PartialObjectMetadata has it.
func streamsTable(out output, t resource.Target) bool {
	return out.as == shapeTable && out.media == resource.MediaJSON && !out.pretty && !t.Resource.Custom() && t.AnswerGVK() == t.GVK()
}

// writeTable writes a list as kubectl prints it, row by row: what a row carries of its object is cut out of the encoding that is kept
// for lists, and nothing is held as a whole.
func (s *Server) writeTable(w http.ResponseWriter, r *http.Request, out output, t resource.Target, entries []*cache.Entry, meta listMeta) error {
	include, err := includeObject(r)
	if err != nil {
		return err
	}
	view := tableView{include: include, version: out.version, columns: true}
	empty, err := table(t, nil, meta.api(), view)
	if err != nil {
		return err
	}
	empty.SetGroupVersionKind(schema.GroupVersionKind{Group: metav1.GroupName, Version: out.version, Kind: shapeTable})
	head, err := json.Marshal(empty)
	if err != nil {
		return apierrors.NewInternalError(err)
	}
	const end = "]}"
	stream := beginUnsized(w, r, http.StatusOK, resource.MediaJSON, len(entries)*rowSize)
	defer stream.end()
	stream.write(bytes.TrimSuffix(head, []byte(end)))
	rows := tableRows{target: t, view: view, defs: columnsOf(t), now: time.Now()}
	for i, e := range entries {
		if i > 0 {
			stream.writeByte(',')
		}
		if err := rows.make(e); err != nil {
			s.Log.Error("a row of a table could not be made, and the answer broke off", "object", e.Key, "error", err)
			panic(http.ErrAbortHandler)
		}
		stream.write(rows.buffer)
	}
	stream.writeString(end + "\n")
	return nil
}

// rowSize is about how large a row is.
const rowSize = 1 << 10

// tableRows makes rows, one after the other, in one buffer.
type tableRows struct {
	target resource.Target
	view   tableView
	defs   []kinds.Column
	now    time.Time
	buffer []byte
}

func (t *tableRows) make(e *cache.Entry) (err error) {
	obj := e.Object
	b := append(t.buffer[:0], `{"cells":[`...)
	for i, c := range t.defs {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendCell(b, c.Value(obj, t.now)); err != nil {
			return err
		}
	}
	b = append(b, ']')
	if f := t.target.Resource.Kind.RowConditions; f != nil {
		if conditions := f(obj); len(conditions) > 0 {
			raw, err := json.Marshal(conditions)
			if err != nil {
				return err
			}
			b = append(append(b, `,"conditions":`...), raw...)
		}
	}
	b = append(b, `,"object":`...)
	if t.view.include == metav1.IncludeNone {
		b = append(b, "null"...)
	} else {
		raw, err := t.target.Bytes(e, resource.FormatJSON)
		if err != nil {
			return err
		}
		if t.view.include == metav1.IncludeObject {
			b = append(b, resource.WithTypeMeta(raw, t.target.GVK())...) // which lists leave out
		} else if b, err = t.appendMetadata(b, e, raw); err != nil {
			return err
		}
	}
	t.buffer = append(b, '}')
	return nil
}

func (t *tableRows) appendMetadata(b []byte, e *cache.Entry, raw []byte) ([]byte, error) {
	metadata, ok := member(raw, "metadata")
	if !ok {
		whole, err := json.Marshal(partial(e.Object, t.view.version))
		return append(b, whole...), err
	}
	b = append(b, `{"kind":"`+shapePartial+`","apiVersion":"`+metav1.GroupName+"/"+t.view.version+`","metadata":`...)
	return append(append(b, metadata...), '}'), nil
}

// appendCell is JSON of what a column shows.
func appendCell(b []byte, cell any) ([]byte, error) {
	switch v := cell.(type) {
	case string:
		if plain(v) {
			return append(append(append(b, '"'), v...), '"'), nil
		}
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case int32:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	}
	raw, err := json.Marshal(cell)
	return append(b, raw...), err
}

// plain tells that a string is its own JSON, but for the quotes.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return false
		}
	}
	return true
}

// member finds the value of a member of the object that raw is. raw must be valid, and without white space between its tokens.
func member(raw []byte, name string) ([]byte, bool) {
	if len(raw) == 0 || raw[0] != '{' {
		return nil, false
	}
	for raw = raw[1:]; len(raw) > 0 && raw[0] == '"'; {
		key := valueLength(raw)
		if key+1 >= len(raw) || raw[key] != ':' {
			return nil, false
		}
		found := string(raw[1:key-1]) == name
		raw = raw[key+1:]
		n := valueLength(raw)
		if found {
			return raw[:n], n > 0
		}
		if n >= len(raw) || raw[n] != ',' {
			return nil, false
		}
		raw = raw[n+1:]
	}
	return nil, false
}

// valueLength is how long the value is that raw begins with.
func valueLength(raw []byte) int {
	depth := 0
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			for i++; i < len(raw) && raw[i] != '"'; i++ {
				if raw[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth--; depth < 0 {
				return i
			}
		case ',', ':':
			if depth == 0 {
				return i
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return min(i+1, len(raw))
		}
	}
	return len(raw)
}
