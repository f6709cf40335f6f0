package expression

import apiservercel "k8s.io/apiserver/pkg/cel"

// fields names the members of a type, none of which must be there.
func fields(types map[string]*apiservercel.DeclType) map[string]*apiservercel.DeclField {
	list := make(map[string]*apiservercel.DeclField, len(types))
	for name, t := range types {
		list[name] = apiservercel.NewDeclField(name, t, false, nil, nil)
	}
	return list
}

// Nothing bounds the length of the lists and maps.
const unbounded = -1

func object(name string, members map[string]*apiservercel.DeclType) *apiservercel.DeclType {
	return apiservercel.NewObjectType(name, fields(members))
}

func texts() *apiservercel.DeclType {
	return apiservercel.NewListType(apiservercel.StringType, unbounded)
}

func pairs() *apiservercel.DeclType {
	return apiservercel.NewMapType(apiservercel.StringType, apiservercel.StringType, unbounded)
}

// requestType is what expressions see of admission.k8s.io/v1 AdmissionRequest, without the objects.
func requestType() *apiservercel.DeclType {
	text := apiservercel.StringType
	gvk := object("kubernetes.GroupVersionKind", map[string]*apiservercel.DeclType{"group": text, "version": text, "kind": text})
	gvr := object("kubernetes.GroupVersionResource", map[string]*apiservercel.DeclType{"group": text, "version": text, "resource": text})
	user := object("kubernetes.UserInfo", map[string]*apiservercel.DeclType{
		"username": text,
		"uid":      text,
		"groups":   texts(),
		"extra":    apiservercel.NewMapType(text, texts(), unbounded),
	})
	return object("kubernetes.AdmissionRequest", map[string]*apiservercel.DeclType{
		"uid":                text,
		"kind":               gvk,
		"resource":           gvr,
		"subResource":        text,
		"requestKind":        gvk,
		"requestResource":    gvr,
		"requestSubResource": text,
		"name":               text,
		"namespace":          text,
		"operation":          text,
		"userInfo":           user,
		"dryRun":             apiservercel.BoolType,
		"options":            apiservercel.DynType,
	})
}

// namespaceType is what expressions see of the namespace that the object is in.
func namespaceType() *apiservercel.DeclType {
	text, number, when := apiservercel.StringType, apiservercel.IntType, apiservercel.TimestampType
	metadata := object("kubernetes.NamespaceMetadata", map[string]*apiservercel.DeclType{
		"name":                       text,
		"generateName":               text,
		"namespace":                  text,
		"labels":                     pairs(),
		"annotations":                pairs(),
		"UID":                        text,
		"creationTimestamp":          when,
		"deletionGracePeriodSeconds": number,
		"deletionTimestamp":          when,
		"generation":                 number,
		"resourceVersion":            text,
		"finalizers":                 texts(),
	})
	return object("kubernetes.Namespace", map[string]*apiservercel.DeclType{
		"metadata": metadata,
		"spec":     object("kubernetes.NamespaceSpec", map[string]*apiservercel.DeclType{"finalizers": texts()}),
		"status":   object("kubernetes.NamespaceStatus", map[string]*apiservercel.DeclType{"phase": text}),
	})
}
