package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxDepth is more than any document nests, and keeps hostile ones from exhausting the stack.
const maxDepth = 1000

// node is one JSON value. Members keep their order, which protobuf's lists of them keep too.
type node struct {
	value   any    // string, json.Number, bool or nil; json.Delim of an object or array
	raw     []byte // the value's own text
	members []member
	items   []node
}

type member struct {
	name  string
	value node
}

func (n *node) isObject() bool { return n.value == json.Delim('{') }
func (n *node) isArray() bool  { return n.value == json.Delim('[') }

// member finds a member that is a string; it is empty when there is none.
func (n *node) member(name string) string {
	for i := range n.members {
		if n.members[i].name == name {
			s, _ := n.members[i].value.value.(string)
			return s
		}
	}
	return ""
}

func (n *node) has(name string) bool {
	for i := range n.members {
		if n.members[i].name == name {
			return true
		}
	}
	return false
}

// parse reads one JSON document.
func parse(data []byte) (node, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	n, err := parseValue(d, data, 0)
	if err != nil {
		return node{}, fmt.Errorf("reading JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return node{}, errors.New("reading JSON: more than one value")
	}
	return n, nil
}

func parseValue(d *json.Decoder, data []byte, depth int) (node, error) {
	if depth > maxDepth {
		return node{}, fmt.Errorf("nested more than %d deep", maxDepth)
	}
	start := d.InputOffset()
	token, err := d.Token()
	if err != nil {
		return node{}, err
	}
	n := node{value: token}
	switch token {
	case json.Delim('{'):
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return node{}, err
			}
			value, err := parseValue(d, data, depth+1)
			if err != nil {
				return node{}, err
			}
			n.members = append(n.members, member{name.(string), value}) // inside an object the decoder gives nothing else
		}
		_, err = d.Token()
	case json.Delim('['):
		for d.More() {
			item, err := parseValue(d, data, depth+1)
			if err != nil {
				return node{}, err
			}
			n.items = append(n.items, item)
		}
		_, err = d.Token()
	}
	// Between two values stand blanks and separators, which belong to neither.
	n.raw = bytes.TrimLeft(data[start:d.InputOffset()], " \t\r\n:,")
	return n, err
}
