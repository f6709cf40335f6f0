package podconfig

import (
	"strings"
	"testing"
)

func TestExpandSubPath(t *testing.T) {
	get := func(name string) (string, bool) {
		value, ok := map[string]string{"POD": "web-1", "EMPTY": "", "UP": "..", "ROOT": "/etc"}[name]
		return value, ok
	}
	for _, c := range []struct{ expression, want, refused string }{
		{expression: "logs/$(POD)", want: "logs/web-1"},
		{expression: "$(EMPTY)", want: ""},
		{expression: "a..b/$(POD)", want: "a..b/web-1"},
		{expression: "$(EMPTY)/$(POD)", refused: "absolute"},
		{expression: "$(ROOT)", refused: "absolute"},
		{expression: "$(UP)/$(POD)", refused: "'..'"},
		{expression: "$(NONE)/x", refused: `missing value for "NONE"`},
	} {
		got, err := expandSubPath(c.expression, get)
		switch {
		case c.refused == "" && (err != nil || got != c.want):
			t.Errorf("%s: %q, %v; want %q", c.expression, got, err, c.want)
		case c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused)):
			t.Errorf("%s: %q, %v; want an error with %q", c.expression, got, err, c.refused)
		}
	}
}
