package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/test/e2e/cluster"
)

// A list is of the moment that its resourceVersion and resourceVersionMatch mean, as the API's documentation has it in a table.
func TestListsOfAMoment(t *testing.T) {
	t.Parallel()
	c := cluster.Server(t, "--api-only")
	api := c.API(t).CoreV1().ConfigMaps("default")
	make := func(name string) {
		t.Helper()
		if _, err := api.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a", "b", "c"} {
		make(name)
	}
	then, err := api.List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := api.Delete(t.Context(), "b", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	make("d")
	const past, now = "a b c", "a c d"
	old := then.ResourceVersion
	for _, tt := range []struct {
		version, match string
		limit          int64
		want           string // the names, or the reason of the refusal
	}{
		{"", "", 0, now},
		{"", "", 2, "a c ..."},
		{"0", "", 0, now},
		{"0", "", 2, "a c ..."},
		{"0", "NotOlderThan", 0, now},
		{"0", "Exact", 0, "Invalid"},
		{"", "Exact", 0, "Invalid"},
		{"", "NotOlderThan", 0, "Invalid"},
		{"0", "Newest", 0, "Invalid"},
		{old, "", 0, now},
		{old, "", 2, "a b ..."}, // with a limit, a version alone means exactly it
		{old, "Exact", 0, past},
		{old, "Exact", 2, "a b ..."},
		{old, "NotOlderThan", 0, now},
		{old, "NotOlderThan", 2, "a c ..."},
		{"x", "", 0, "BadRequest"},
		{"-1", "", 0, "BadRequest"},
	} {
		list, err := api.List(t.Context(), metav1.ListOptions{ResourceVersion: tt.version, ResourceVersionMatch: metav1.ResourceVersionMatch(tt.match), Limit: tt.limit})
		got := reasonOf(err)
		if err == nil {
			var names []string
			for i := range list.Items {
				names = append(names, list.Items[i].Name)
			}
			if list.Continue != "" {
				names = append(names, "...")
			}
			got = strings.Join(names, " ")
			if exact := strings.HasPrefix(tt.want, "a b"); exact != (list.ResourceVersion == old) {
				t.Errorf("version %q match %q limit %d: the list is of version %s, %s was asked", tt.version, tt.match, tt.limit, list.ResourceVersion, old)
			}
		}
		if got != tt.want {
			t.Errorf("version %q match %q limit %d: %s, want %s (%v)", tt.version, tt.match, tt.limit, got, tt.want, err)
		}
	}
	for _, version := range []string{"", "0", old} {
		if _, err := api.Get(t.Context(), "a", metav1.GetOptions{ResourceVersion: version}); err != nil {
			t.Errorf("one object of version %q: %v", version, err)
		}
	}
	first, err := api.List(t.Context(), metav1.ListOptions{Limit: 1})
	if err != nil || first.RemainingItemCount == nil || *first.RemainingItemCount != 2 {
		t.Fatalf("the first of three: %+v, %v", first, err)
	}
	for name, options := range map[string]metav1.ListOptions{
		"a version": {Continue: first.Continue, ResourceVersion: old}, "a match": {Continue: first.Continue, ResourceVersionMatch: metav1.ResourceVersionMatchExact}, "no token": {Continue: "x"},
	} {
		if _, err := api.List(t.Context(), options); err == nil {
			t.Errorf("a list was continued with %s", name)
		}
	}

	// What is yet to come is waited for, for a while; client-go asks again for long.
	for _, query := range []string{"?resourceVersion=99999999", "?resourceVersion=99999999&resourceVersionMatch=Exact", "?resourceVersion=99999999&resourceVersionMatch=NotOlderThan", "/a?resourceVersion=99999999", "?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=99999999"} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			answer, err := c.HTTP(t).Get(c.REST(t).Host + "/api/v1/namespaces/default/configmaps" + query)
			if err != nil {
				t.Fatal(err)
			}
			if status := statusOf(t, answer); status.Code != http.StatusGatewayTimeout || status.Reason != metav1.StatusReasonTimeout || !strings.Contains(status.Message, "Too large resource version") || status.Details == nil || status.Details.RetryAfterSeconds != 1 {
				t.Errorf("%+v", status)
			}
		})
	}
}

// reasonOf is the reason of a refusal, "" of none.
func reasonOf(err error) string {
	var status interface{ Status() metav1.Status }
	if errors.As(err, &status) {
		return string(status.Status().Reason)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// A list in pieces shows one moment, whatever is written between its pieces.
func TestPiecesOfOneMoment(t *testing.T) {
	t.Parallel()
	c := cluster.Server(t, "--api-only")
	api := c.API(t).CoreV1().ConfigMaps("default")
	const objects = 150
	for i := range objects {
		if _, err := api.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("p-%03d", i), Labels: map[string]string{"half": fmt.Sprint(i % 2)}}}, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var writers sync.WaitGroup
	for w := range 3 {
		writers.Go(func() {
			for i := w; ctx.Err() == nil; i += 7 {
				name := fmt.Sprintf("p-%03d", i%objects)
				switch w {
				case 0:
					_, _ = api.Patch(ctx, name, types.MergePatchType, fmt.Appendf(nil, `{"data":{"n":"%d"}}`, i), metav1.PatchOptions{})
				case 1:
					_ = api.Delete(ctx, name, metav1.DeleteOptions{})
				case 2:
					_, _ = api.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name + "-x", Labels: map[string]string{"half": "0"}}}, metav1.CreateOptions{})
				}
			}
		})
	}
	for _, selector := range []string{"", "half=0"} {
		got := map[string]string{}
		options := metav1.ListOptions{Limit: 11, LabelSelector: selector}
		version := ""
		for {
			page, err := api.List(t.Context(), options)
			if err != nil {
				t.Fatal(err)
			}
			if version == "" {
				version = page.ResourceVersion
			}
			if page.ResourceVersion != version {
				t.Fatalf("a piece is of version %s, the first of %s", page.ResourceVersion, version)
			}
			for i := range page.Items {
				got[page.Items[i].Name] = page.Items[i].ResourceVersion
			}
			if options.Continue = page.Continue; page.Continue == "" {
				break
			}
		}
		whole, err := api.List(t.Context(), metav1.ListOptions{ResourceVersion: version, ResourceVersionMatch: metav1.ResourceVersionMatchExact, LabelSelector: selector})
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{}
		for i := range whole.Items {
			want[whole.Items[i].Name] = whole.Items[i].ResourceVersion
		}
		if !maps.Equal(got, want) {
			t.Errorf("selector %q: %s", selector, difference(got, want))
		}
	}
	cancel()
	writers.Wait()
}

// What is older than the window is told 410: within a watch, to a list, and to a list's next piece, which is offered another way on.
func TestTooOld(t *testing.T) {
	t.Parallel()
	c := cluster.Server(t, "--api-only")
	api := c.API(t).CoreV1().ConfigMaps("default")
	for i := range 10 {
		if _, err := api.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("o-%d", i)}}, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	first, err := api.List(t.Context(), metav1.ListOptions{Limit: 4})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := api.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "o-a"}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	c.Kill(t) // with it, the window goes
	c.Start(t)
	api = c.API(t).CoreV1().ConfigMaps("default")

	for _, accept := range []string{"application/json", "application/json;as=Table;v=v1;g=meta.k8s.io", "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"} {
		code, events := watchFor(t, c, "watch=true&resourceVersion="+first.ResourceVersion, accept, 1)
		if code != 200 || len(events) != 1 || events[0].Type != "ERROR" || events[0].Object.Code != http.StatusGone || events[0].Object.Reason != metav1.StatusReasonExpired && events[0].Object.Reason != metav1.StatusReasonGone {
			t.Errorf("a watch from before, as %s: %d %+v", accept, code, events)
		}
	}
	if _, err := api.List(t.Context(), metav1.ListOptions{ResourceVersion: first.ResourceVersion, ResourceVersionMatch: metav1.ResourceVersionMatchExact}); reasonOf(err) != "Expired" {
		t.Errorf("a list of before: %v", err)
	}
	_, err = api.List(t.Context(), metav1.ListOptions{Limit: 4, Continue: first.Continue})
	var status interface{ Status() metav1.Status }
	if !errors.As(err, &status) || status.Status().Reason != metav1.StatusReasonExpired || status.Status().ListMeta.Continue == "" {
		t.Fatalf("the next piece: %v", err)
	}
	rest, err := api.List(t.Context(), metav1.ListOptions{Continue: status.Status().ListMeta.Continue})
	if err != nil || len(rest.Items) != 7 || rest.Items[6].Name != "o-a" {
		t.Errorf("what is left, as it is now: %d, %v", len(rest.Items), err)
	}
	if list, err := api.List(t.Context(), metav1.ListOptions{ResourceVersion: first.ResourceVersion}); err != nil || len(list.Items) != 11 {
		t.Errorf("not older than before: %v", err)
	}
}

// streamed is an event of a watch, of whatever object; it has also a Status' fields.
type streamed struct {
	Type   string
	Object struct {
		metav1.TypeMeta `json:",inline"`
		Metadata        metav1.ObjectMeta
		Code            int
		Reason          metav1.StatusReason
		Rows            []struct {
			Object metav1.PartialObjectMetadata
		}
	}
}

// watchFor reads so many events of config maps, or with 0 all until the stream ends.
func watchFor(t *testing.T, c *cluster.Cluster, query, accept string, events int) (code int, list []streamed) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), awaitTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.REST(t).Host+"/api/v1/namespaces/default/configmaps?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := url.ParseQuery(query); err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	answer, err := c.HTTP(t).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	decoder := json.NewDecoder(answer.Body)
	for events == 0 || len(list) < events {
		var e streamed
		if decoder.Decode(&e) != nil {
			break
		}
		list = append(list, e)
	}
	return answer.StatusCode, list
}
