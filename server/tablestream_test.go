package server

import (
	"encoding/json"
	"testing"
)

func TestMemberOfAnObject(t *testing.T) {
	tests := []struct{ raw, want string }{
		{`{"metadata":{"name":"a"}}`, `{"name":"a"}`},
		{`{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","labels":{"x":"}"}},"spec":{}}`, `{"name":"a","labels":{"x":"}"}}`},
		{`{"data":{"metadata":"no","q":"\"metadata\":{"},"n":[1,{"a":[]}],"metadata":{}}`, `{}`},
		{`{"a":1,"b":true,"c":null,"d":-1.5e3,"metadata":"text"}`, `"text"`},
		{`{"a\"b":"\\","metadata":7}`, `7`},
		{`{"other":{}}`, ""},
		{`{}`, ""},
		{`[]`, ""},
		{``, ""},
		{`{"metadata"`, ""},
		{`{"metadata":`, ""},
	}
	for _, tt := range tests {
		got, ok := member([]byte(tt.raw), "metadata")
		if string(got) != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %q, %t; want %q", tt.raw, got, ok, tt.want)
		}
	}
}

func FuzzMember(f *testing.F) {
	f.Add([]byte(`{"kind":"Pod","metadata":{"name":"a\\\"","n":[1,2,{"x":null}]},"z":"}"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		member(data, "metadata") // whatever comes, no panic
		var whole map[string]json.RawMessage
		if json.Unmarshal(data, &whole) != nil {
			return
		}
		compact, err := json.Marshal(whole) // each name once, no white space
		if err != nil {
			t.Fatal(err)
		}
		got, ok := member(compact, "metadata")
		if ok != (whole["metadata"] != nil) {
			t.Fatalf("%s: found %t", compact, ok)
		}
		var reread map[string]json.RawMessage
		if err := json.Unmarshal(compact, &reread); ok && (err != nil || string(got) != string(reread["metadata"])) {
			t.Errorf("%s: %q, want %q", compact, got, reread["metadata"])
		}
	})
}

func TestCells(t *testing.T) {
	for _, cell := range []any{"plain", "", `quote " and \`, "<none>", "tab\t", "ünïcode", "a&b", "\x7f", 7, int32(-7), int64(1 << 40), true, nil, 1.5, []string{"a"}} {
		got, err := appendCell(nil, cell)
		want, _ := json.Marshal(cell)
		if err != nil || string(got) != string(want) {
			t.Errorf("%v: %s, %v; want %s", cell, got, err, want)
		}
	}
}
