package serviceaccount

import corev1 "k8s.io/api/core/v1"

const enforceMountableSecrets = "kubernetes.io/enforce-mountable-secrets"

// Of the references to secrets only the names mean anything.
func keepNames(a *corev1.ServiceAccount) {
	for i := range a.Secrets {
		a.Secrets[i] = corev1.ObjectReference{Name: a.Secrets[i].Name}
	}
}

func warnings(a, old *corev1.ServiceAccount) []string {
	had := false
	if old != nil {
		_, had = old.Annotations[enforceMountableSecrets]
	}
	if _, has := a.Annotations[enforceMountableSecrets]; !has || had {
		return nil
	}
	return []string{"metadata.annotations[" + enforceMountableSecrets + "]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets"}
}
