package cache

import (
	"fmt"
	"strconv"

	"argosy.dev/store"
)

// Revision is the store's, for rooms that do not know the store.
type Revision = store.Revision

// FormatRevision writes a revision as a resourceVersion.
func FormatRevision(rev store.Revision) string { return strconv.FormatInt(int64(rev), 10) }

// ParseRevision reads a resourceVersion; "" and "0" are 0.
func ParseRevision(s string) (store.Revision, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil {
		return 0, fmt.Errorf("invalid resource version %q", s)
	}
	return store.Revision(n), nil
}
