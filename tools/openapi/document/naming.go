package document

import (
	"strings"
	"unicode"
)

// groupName is the group as operation ids spell it: "Core", "Apps", "RbacAuthorization".
func groupName(group string) string {
	if group == "" {
		return "Core"
	}
	var out strings.Builder
	for part := range strings.SplitSeq(strings.TrimSuffix(group, ".k8s.io"), ".") {
		out.WriteString(upperFirst(part))
	}
	return out.String()
}

// groupTag is the tag that operations on a group's own discovery path carry.
func groupTag(group string) string { return lowerFirst(groupName(group)) }

// tag is the tag that all operations of a group version carry: "core_v1", "rbacAuthorization_v1".
func (gv GroupVersion) tag() string { return groupTag(gv.Group) + "_" + gv.Version }

// operation is an operation's id, as generated clients name their methods: verb, group, version, what it is done to.
func (gv GroupVersion) operation(verb, rest string) string {
	return verb + groupName(gv.Group) + upperFirst(gv.Version) + rest
}

// withArticle puts the article before a kind, as English would: a Pod, an Ingress, but Endpoints, which is a plural.
func withArticle(kind string) string {
	switch {
	case strings.HasSuffix(kind, "s") && !strings.HasSuffix(kind, "ss"):
		return kind
	case strings.ContainsRune("AEIOU", rune(kind[0])):
		return "an " + kind
	default:
		return "a " + kind
	}
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return string(unicode.ToUpper(rune(s[0]))) + s[1:]
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return string(unicode.ToLower(rune(s[0]))) + s[1:]
}
