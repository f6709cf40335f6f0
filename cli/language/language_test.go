package language

import "testing"

func TestIsKubectl(t *testing.T) {
	tests := []struct {
		argv []string
		want bool
	}{
		{nil, false},
		{[]string{"argosy"}, false},
		{[]string{"argosy", "up"}, false},
		{[]string{"argosy", "up", "kubectl"}, false},
		{[]string{"argosy", "kubectl"}, true},
		{[]string{"/usr/bin/kubectl"}, true},
		{[]string{"kubectl-1.36", "get"}, true},
	}
	for _, tt := range tests {
		if got := IsKubectl(tt.argv); got != tt.want {
			t.Errorf("%q: %v", tt.argv, got)
		}
	}
}

func TestTranslated(t *testing.T) {
	tests := []struct {
		env  map[string]string
		want bool
	}{
		{nil, false},
		{map[string]string{"LANG": "C"}, false},
		{map[string]string{"LANG": "C.UTF-8"}, false},
		{map[string]string{"LANG": "en_GB.UTF-8"}, false},
		{map[string]string{"LANG": "de_DE.UTF-8"}, true},
		{map[string]string{"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, false},
		{map[string]string{"LANG": "C", "LC_MESSAGES": "ja_JP.UTF-8"}, true},
	}
	for _, tt := range tests {
		if got := translated(func(name string) string { return tt.env[name] }); got != tt.want {
			t.Errorf("%v: %v", tt.env, got)
		}
	}
}
