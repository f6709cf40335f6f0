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
