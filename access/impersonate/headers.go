package impersonate

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"argosy.dev/access"
)

const (
	userHeader  = "Impersonate-User"
	uidHeader   = "Impersonate-Uid"
	groupHeader = "Impersonate-Group"
	extraPrefix = "Impersonate-Extra-"
)

// read is who the headers name, and nil if they name nobody. The headers are taken off the request: nothing further on may take them for
// a proof of anything.
func read(h http.Header) (*access.User, error) {
	wanted := access.User{Name: h.Get(userHeader), UID: h.Get(uidHeader), Groups: h[groupHeader]}
	for name, values := range h {
		key, ok := cutFold(name, extraPrefix)
		if !ok {
			continue
		}
		if wanted.Extra == nil {
			wanted.Extra = map[string][]string{}
		}
		key = unescape(strings.ToLower(key))
		wanted.Extra[key] = append(wanted.Extra[key], values...)
	}
	for name := range h {
		if _, ok := cutFold(name, "Impersonate-"); ok {
			delete(h, name)
		}
	}
	if wanted.Name == "" {
		if wanted.UID == "" && len(wanted.Groups) == 0 && len(wanted.Extra) == 0 {
			return nil, nil
		}
		return nil, apierrors.NewBadRequest(fmt.Sprintf("requested &user.DefaultInfo{Name:%q, UID:%q, Groups:%#v, Extra:%#v} without impersonating a user name",
			wanted.Name, wanted.UID, wanted.Groups, wanted.Extra))
	}
	return &wanted, nil
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return "", false
	}
	return s[len(prefix):], true
}

// unescape undoes the percent encoding of what a header's name cannot hold; a key that is none stays as it is.
func unescape(key string) string {
	if plain, err := url.PathUnescape(key); err == nil {
		return plain
	}
	return key
}
