package resource

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/cache"
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
	// from is the first key.
	from string
}

func (o ListOptions) moment() (moment, error) {
	if err := o.checkMatch(); err != nil {
		return moment{}, err
	}
	rev, err := cache.ParseRevision(o.ResourceVersion)
	if err != nil {
		return moment{}, apierrors.NewBadRequest("Invalid value: \"" + o.ResourceVersion + "\": " + err.Error())
	}
	if o.Continue != "" {
		at, after, err := parseContinue(o.Continue)
		if err != nil {
			return moment{}, err
		}
		// A token without a revision goes on in the newest state.
		return moment{any: at != 0, at: at, from: after + "\x00"}, nil
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

func (o ListOptions) checkMatch() error {
	var errs field.ErrorList
	path := field.NewPath("resourceVersionMatch")
	if o.Match != "" {
		if o.ResourceVersion == "" {
			errs = append(errs, field.Forbidden(path, "resourceVersionMatch is forbidden unless resourceVersion is provided"))
		}
		if o.Continue != "" {
			errs = append(errs, field.Forbidden(path, "resourceVersionMatch is forbidden when continue is provided"))
		}
		if o.Match != metav1.ResourceVersionMatchExact && o.Match != metav1.ResourceVersionMatchNotOlderThan {
			errs = append(errs, field.NotSupported(path, o.Match, []metav1.ResourceVersionMatch{metav1.ResourceVersionMatchExact, metav1.ResourceVersionMatchNotOlderThan}))
		}
		if o.Match == metav1.ResourceVersionMatchExact && o.ResourceVersion == "0" {
			errs = append(errs, field.Forbidden(path, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""))
		}
	}
	if len(errs) > 0 {
		return apierrors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: "ListOptions"}, "", errs)
	}
	if o.Continue != "" && o.ResourceVersion != "" && o.ResourceVersion != "0" {
		return apierrors.NewBadRequest("specifying resource version is not allowed when using continue")
	}
	return nil
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
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
	if err == nil {
		err = json.Unmarshal(raw, &t)
	}
	if err != nil || t.Revision < 0 || t.After == "" {
		return 0, "", apierrors.NewBadRequest("continue key is not valid: it was not made by this server")
	}
	return t.Revision, t.After, nil
}
