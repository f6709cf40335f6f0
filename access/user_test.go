package access

import "testing"

func TestSplitServiceAccountUser(t *testing.T) {
	tests := []struct {
		user, namespace, name string
		ok                    bool
	}{
		{ServiceAccountUser("default", "builder"), "default", "builder", true},
		{"system:serviceaccount:default:", "", "", false},
		{"system:serviceaccount::builder", "", "", false},
		{"system:serviceaccount:default", "", "", false},
		{"system:serviceaccount:a:b:c", "", "", false},
		{"system:serviceaccounts:a", "", "", false},
		{"jane", "", "", false},
		{"", "", "", false},
	}
	for _, tt := range tests {
		namespace, name, ok := SplitServiceAccountUser(tt.user)
		if namespace != tt.namespace || name != tt.name || ok != tt.ok {
			t.Errorf("SplitServiceAccountUser(%q) = %q, %q, %v; want %q, %q, %v", tt.user, namespace, name, ok, tt.namespace, tt.name, tt.ok)
		}
	}
}
