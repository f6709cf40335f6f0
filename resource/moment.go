package resource

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/store"
)

// moment is which state of a collection a list wants, as the API's documentation of resourceVersion says.
type moment struct {
	// any: no need to wait for what was written lately.
	any bool
	// atLeast is to be reached first; 0 is all that was acknowledged.
	atLeast store.Revision
	// at is the exact revision; 0 is the newest.
	at store.Revision
	// from is the first key; after the last one that was given out, where a list goes on.
	from, after string
}

func (o ListOptions) moment() (moment, error) {
	if o.Continue != "" {
		at, after, err := parseContinue(o.Continue)
		if err != nil {
			return moment{}, err
		}
		if o.ResourceVersion != "" && o.ResourceVersion != "0" {
			return moment{}, apierrors.NewBadRequest("specifying resource version is not allowed when using continue")
		}
		// A token without a revision goes on in the newest state.
		return moment{any: at != 0, at: at, after: after, from: after + "\x00"}, nil
	}
	rev, err := parseVersion(o.ResourceVersion)
	if err != nil {
		return moment{}, apierrors.NewBadRequest("invalid resource version: " + err.Error())
	}
	switch {
	case o.ResourceVersion == "":
		return moment{}, nil
	case rev == 0:
		return moment{any: true}, nil
	case o.Match == metav1.ResourceVersionMatchExact, o.Match == "" && o.Limit > 0:
		return moment{atLeast: rev, at: rev}, nil
	}
	return moment{atLeast: rev}, nil
}

// parseVersion reads a resourceVersion as a reader names it; "" is 0.
func parseVersion(s string) (store.Revision, error) {
	if s == "" {
		return 0, nil
	}
	rev, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, field.Invalid(field.NewPath("resourceVersion"), s, err.Error())
	}
	// What does not fit is in the future, as all that is that large.
	return store.Revision(min(rev, math.MaxInt64)), nil
}

// token is what a continue token says: the moment, and the last key that was given out.
type token struct {
	Revision store.Revision `json:"rv"`
	After    string         `json:"after"`
}

func continueToken(rev store.Revision, after string) string {
	raw, err := json.Marshal(token{Revision: rev, After: after})
	if err != nil {
		return "" // two plain fields always encode
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func parseContinue(s string) (store.Revision, string, error) {
	var t token
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(raw, &t)
	}
	if err == nil && (t.Revision < 0 || t.After == "") {
		err = errors.New("it was not made by this server")
	}
	if err != nil {
		return 0, "", apierrors.NewBadRequest("invalid continue token: continue key is not valid: " + err.Error())
	}
	return t.Revision, t.After, nil
}
