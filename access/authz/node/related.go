package node

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/access/authz"
	"argosy.dev/facts/pods"
)

func noRelationship(node string) string {
	return fmt.Sprintf("no relationship found between node '%s' and this object", node)
}

// readable tells that a request is one that reads an object, or the one object of a list or a watch.
func readable(a *authz.Attributes) string {
	switch {
	case a.Verb != "get" && a.Verb != "list" && a.Verb != "watch":
		return "can only read resources of this type"
	case a.Subresource != "":
		return "cannot read subresource"
	}
	return ""
}

// single tells that a request gets one object.
func single(a *authz.Attributes) string {
	switch {
	case a.Verb != "get":
		return "can only get individual resources of this type"
	case a.Subresource != "":
		return "cannot read subresource"
	}
	return ""
}

// related allows what may be asked for of an object that the node has to do with.
func related(may func(*authz.Attributes) string, is func(z Authorizer, node string, a *authz.Attributes) bool) func(Authorizer, string, *authz.Attributes) (string, bool) {
	return func(z Authorizer, node string, a *authz.Attributes) (string, bool) {
		if reason := may(a); reason != "" {
			return reason, true
		}
		return z.reach(node, a, is), true
	}
}

func (z Authorizer) reach(node string, a *authz.Attributes, is func(z Authorizer, node string, a *authz.Attributes) bool) string {
	switch {
	case a.Name == "":
		return "No Object name found"
	case is(z, node, a):
		return ""
	}
	return noRelationship(node)
}

// some asks of every pod of a namespace that is bound to the node and gives it rights, until one says yes. A mirror pod gives none: the node
// itself made it.
func (z Authorizer) some(node, namespace string, ask func(pod *corev1.Pod) bool) bool {
	for _, pod := range z.Reader.PodsOn(node) {
		if _, mirror := pod.Annotations[corev1.MirrorPodAnnotationKey]; mirror || namespace != "" && pod.Namespace != namespace {
			continue
		}
		if ask(pod) {
			return true
		}
	}
	return false
}

func (z Authorizer) configMap(node string, a *authz.Attributes) bool {
	return z.some(node, a.Namespace, func(pod *corev1.Pod) bool { return slices.Contains(pods.ReferencesOf(pod).ConfigMaps, a.Name) })
}

func (z Authorizer) resourceClaim(node string, a *authz.Attributes) bool {
	return z.some(node, a.Namespace, func(pod *corev1.Pod) bool { return slices.Contains(pods.ReferencesOf(pod).ResourceClaims, a.Name) })
}

func (z Authorizer) claim(node string, a *authz.Attributes) bool {
	return z.some(node, a.Namespace, func(pod *corev1.Pod) bool { return slices.Contains(pods.ReferencesOf(pod).Claims, a.Name) })
}

func (z Authorizer) account(node string, a *authz.Attributes) bool {
	return z.some(node, a.Namespace, func(pod *corev1.Pod) bool { return pod.Spec.ServiceAccountName == a.Name })
}

func (z Authorizer) attachment(node string, a *authz.Attributes) bool {
	va, ok := z.Reader.Attachment(a.Name)
	return ok && va.Spec.NodeName == node
}

// secret: a pod refers to it, or a volume that a pod claims does.
func (z Authorizer) secret(node string, a *authz.Attributes) bool {
	if z.some(node, a.Namespace, func(pod *corev1.Pod) bool { return slices.Contains(pods.ReferencesOf(pod).Secrets, a.Name) }) {
		return true
	}
	return z.some(node, "", func(pod *corev1.Pod) bool {
		return z.someVolume(pod, func(v *corev1.PersistentVolume) bool { return volumeHasSecret(v, a.Namespace, a.Name) })
	})
}

func (z Authorizer) volume(node string, a *authz.Attributes) bool {
	return z.some(node, "", func(pod *corev1.Pod) bool {
		return z.someVolume(pod, func(v *corev1.PersistentVolume) bool { return v.Name == a.Name })
	})
}

// someVolume asks of every volume that is bound to a claim of the pod.
func (z Authorizer) someVolume(pod *corev1.Pod, ask func(v *corev1.PersistentVolume) bool) bool {
	for _, name := range pods.ReferencesOf(pod).Claims {
		claim, ok := z.Reader.Claim(pod.Namespace, name)
		if !ok || claim.Spec.VolumeName == "" {
			continue
		}
		v, ok := z.Reader.Volume(claim.Spec.VolumeName)
		// The volume must agree: a claim alone could name any.
		if ok && v.Spec.ClaimRef != nil && v.Spec.ClaimRef.Namespace == claim.Namespace && v.Spec.ClaimRef.Name == claim.Name && ask(v) {
			return true
		}
	}
	return false
}

func (z Authorizer) claims(node string, a *authz.Attributes) (string, bool) {
	if a.Subresource == "status" && (a.Verb == "get" || a.Verb == "update" || a.Verb == "patch") {
		return z.reach(node, a, Authorizer.claim), true
	}
	return related(single, Authorizer.claim)(z, node, a)
}

func (z Authorizer) accounts(node string, a *authz.Attributes) (string, bool) {
	switch {
	case a.Subresource == "token" && a.Verb == "create", a.Subresource == "" && a.Verb == "get":
		return z.reach(node, a, Authorizer.account), true
	case a.Subresource == "token":
		return fmt.Sprintf("only the following verbs are allowed for the token subresource: %s", "create"), true
	}
	return "can only get individual resources of this type", true
}

// volumeHasSecret tells that a node needs the secret to use the volume.
func volumeHasSecret(v *corev1.PersistentVolume, namespace, name string) bool {
	is := func(ref *corev1.SecretReference) bool {
		if ref == nil || ref.Name != name {
			return false
		}
		in := ref.Namespace
		if in == "" {
			in = v.Spec.ClaimRef.Namespace
		}
		return in == namespace
	}
	s := &v.Spec.PersistentVolumeSource
	switch {
	case s.CSI != nil:
		return is(s.CSI.NodePublishSecretRef) || is(s.CSI.NodeStageSecretRef) || is(s.CSI.NodeExpandSecretRef)
	case s.FlexVolume != nil:
		return is(s.FlexVolume.SecretRef)
	case s.CephFS != nil:
		return is(s.CephFS.SecretRef)
	case s.Cinder != nil:
		return is(s.Cinder.SecretRef)
	case s.RBD != nil:
		return is(s.RBD.SecretRef)
	case s.ScaleIO != nil:
		return is(s.ScaleIO.SecretRef)
	case s.ISCSI != nil:
		return is(s.ISCSI.SecretRef)
	case s.StorageOS != nil && s.StorageOS.SecretRef != nil:
		return is(&corev1.SecretReference{Namespace: s.StorageOS.SecretRef.Namespace, Name: s.StorageOS.SecretRef.Name})
	case s.AzureFile != nil:
		in := ""
		if s.AzureFile.SecretNamespace != nil {
			in = *s.AzureFile.SecretNamespace
		}
		return is(&corev1.SecretReference{Namespace: in, Name: s.AzureFile.SecretName})
	}
	return false
}
