package podlogs_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"argosy.dev/facts/podlogs"
)

func TestParseAndQuery(t *testing.T) {
	for _, query := range []string{
		"", "follow=true", "previous=true", "timestamps=true", "sinceSeconds=5", "sinceTime=2026-01-01T01%3A02%3A03.000000004Z",
		"tailLines=0", "limitBytes=10&tailLines=3", "stream=Stdout",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		o, err := podlogs.Parse(values)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		if got := podlogs.Query(o).Encode(); got != query {
			t.Errorf("%s became %s", query, got)
		}
	}
	o, err := podlogs.Parse(url.Values{"follow": {""}, "previous": {"0"}, "timestamps": {"no"}, "container": {"c"}, "insecureSkipTLSVerifyBackend": {"true"}, "other": {"x"}})
	if err != nil || !o.Follow || o.Previous || !o.Timestamps || o.Container != "c" || !o.InsecureSkipTLSVerifyBackend {
		t.Errorf("got %+v, %v", o, err)
	}
}

func TestValidate(t *testing.T) {
	for query, want := range map[string]string{
		"tailLines=0&limitBytes=1&sinceSeconds=1": "",
		"stream=All&tailLines=1":                  "",
		"tailLines=-1":                            "tailLines",
		"limitBytes=0":                            "limitBytes",
		"sinceSeconds=0":                          "sinceSeconds",
		"stream=":                                 "stream",
		"tailLines=-1&limitBytes=-1&stream=x":     "limitBytes",
	} {
		values, _ := url.ParseQuery(query)
		o, err := podlogs.Parse(values)
		if err != nil {
			t.Fatal(err)
		}
		err = podlogs.Validate("p", o)
		if (want == "") != (err == nil) || err != nil && (!apierrors.IsInvalid(err) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// What the API server understood, the node understands the same way.
func FuzzParse(f *testing.F) {
	f.Add("follow=true&tailLines=5&sinceTime=2026-01-01T00:00:00Z&stream=All")
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		o, err := podlogs.Parse(values)
		if err != nil {
			if !apierrors.IsBadRequest(err) {
				t.Fatalf("the error is %v", err)
			}
			return
		}
		if podlogs.Validate("p", o) != nil {
			return
		}
		again, err := podlogs.Parse(podlogs.Query(o))
		if err != nil {
			t.Fatal(err)
		}
		o.Container, o.InsecureSkipTLSVerifyBackend = "", false
		if o.SinceTime != nil && again.SinceTime != nil && o.SinceTime.Equal(again.SinceTime) {
			again.SinceTime = o.SinceTime
		}
		if diff := cmp.Diff(o, again); diff != "" {
			t.Errorf("%q: %s", query, diff)
		}
	})
}
