package serviceaccounttoken

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestDecide(t *testing.T) {
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "sa", UID: "1"}}
	empty := &corev1.Secret{Type: corev1.SecretTypeServiceAccountToken,
		ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "s", Annotations: map[string]string{corev1.ServiceAccountNameKey: "sa"}}}
	full := empty.DeepCopy()
	full.Annotations[corev1.ServiceAccountUIDKey] = "1"
	full.Data = map[string][]byte{"token": []byte("t"), "ca.crt": []byte("PEM"), "namespace": []byte("ns")}
	now := metav1.Now()
	tests := []struct {
		name                string
		secret              *corev1.Secret
		account             *corev1.ServiceAccount
		del, write, signing bool
	}{
		{"new", empty, account, false, true, true},
		{"full", full, account, false, false, false},
		{"no account", empty, nil, true, false, false},
		{"another account of the name", with(full, func(s *corev1.Secret) { s.Annotations[corev1.ServiceAccountUIDKey] = "0" }), account, true, false, false},
		{"going", with(full, func(s *corev1.Secret) { s.DeletionTimestamp = &now }), nil, false, false, false},
		{"other certificates", with(full, func(s *corev1.Secret) { s.Data["ca.crt"] = nil }), account, false, true, false},
		{"token taken out", with(full, func(s *corev1.Secret) { delete(s.Data, "token") }), account, false, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := tt.secret.DeepCopy()
			step := Decide(tt.secret, tt.account, []byte("PEM"))
			if step.Delete != tt.del || (step.Write != nil) != tt.write || step.Sign != tt.signing {
				t.Fatalf("got %+v", step)
			}
			if before.String() != tt.secret.String() {
				t.Error("the argument was changed")
			}
			if w := step.Write; w != nil && (w.Annotations[corev1.ServiceAccountUIDKey] != "1" || string(w.Data["namespace"]) != "ns" || string(w.Data["ca.crt"]) != "PEM") {
				t.Errorf("writes %v", w)
			}
		})
	}
}

func with(s *corev1.Secret, edit func(*corev1.Secret)) *corev1.Secret {
	c := s.DeepCopy()
	edit(c)
	return c
}
