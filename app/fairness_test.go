package app

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	flowcontrolv1 "k8s.io/api/flowcontrol/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"

	"argosy.dev/cache"
	"argosy.dev/kinds"
	"argosy.dev/kinds/flowcontrol/flowschema"
	"argosy.dev/kinds/flowcontrol/prioritylevelconfiguration"
	"argosy.dev/resource"
	"argosy.dev/server/fairness"
	"argosy.dev/store/embedded"
)

// flowControlPlane is as much of a control plane as API priority and fairness needs.
func flowControlPlane(t *testing.T) *controlPlane {
	t.Helper()
	s, err := embedded.Open(t.Context(), embedded.Options{Dir: "data", FS: vfs.NewMem(), MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	live, err := cache.Open(s, slog.Default())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { live.Close(); s.Close() })
	types := sync.OnceValue(func() resource.Types { return applyconfigurations.NewTypeConverter(scheme.Scheme) })
	p := resource.New(resource.Options{Store: s, Cache: live, Types: types, Log: slog.Default()})
	for _, k := range []*kinds.Kind{flowschema.Kind(), prioritylevelconfiguration.Kind()} {
		if _, err := p.Add(t.Context(), k); err != nil {
			t.Fatal(err)
		}
	}
	return &controlPlane{pipeline: p, tokens: &tokens{}, log: slog.Default()}
}

func TestFlowControlObjectsAreKept(t *testing.T) {
	c, ctx := flowControlPlane(t), context.Background()
	f := c.flowControl()
	if err := c.openGate(ctx); err != nil {
		t.Fatal(err)
	}
	if levels, schemas := len(f.levels.List("")), len(f.schemas.List("")); levels != 8 || schemas != 13 {
		t.Errorf("%d levels and %d schemas, want 8 and 13", levels, schemas)
	}
	system := func() *flowcontrolv1.PriorityLevelConfiguration {
		l, _ := f.levels.Get("", "system")
		return l.DeepCopy()
	}
	l := system()
	rv := l.ResourceVersion
	if err := f.maintain(ctx, true); err != nil || system().ResourceVersion != rv {
		t.Errorf("what is as it should be was written again: %v", err)
	}
	change := func(auto string) int32 {
		l := system()
		l.Annotations[flowcontrolv1.AutoUpdateAnnotationKey] = auto
		*l.Spec.Limited.NominalConcurrencyShares = 7
		if auto == "" {
			delete(l.Annotations, flowcontrolv1.AutoUpdateAnnotationKey)
		}
		if _, err := f.levels.Update(ctx, l); err != nil {
			t.Fatal(err)
		}
		if err := f.maintain(ctx, false); err != nil {
			t.Fatal(err)
		}
		return *system().Spec.Limited.NominalConcurrencyShares
	}
	if got := change("true"); got != 30 {
		t.Errorf("a change of what is kept up to date: %d shares", got)
	}
	if got := change("false"); got != 7 {
		t.Errorf("a change of what is the administrator's: %d shares", got)
	}
	if got := change(""); got != 7 || system().Annotations[flowcontrolv1.AutoUpdateAnnotationKey] != "false" {
		t.Errorf("a change without the annotation: %d shares, %v", got, system().Annotations)
	}
	exempt, _ := f.levels.Get("", "exempt")
	exempt = exempt.DeepCopy()
	exempt.Annotations[flowcontrolv1.AutoUpdateAnnotationKey] = "no"
	exempt.Spec.Exempt.LendablePercent = new(int32(50))
	if _, err := f.levels.Update(ctx, exempt); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"catch-all", "probes"} {
		if err := f.schemas.Delete(ctx, "", name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	old := system()
	old.ObjectMeta = metav1.ObjectMeta{Name: "of-an-earlier-version", Annotations: map[string]string{flowcontrolv1.AutoUpdateAnnotationKey: "true"}}
	if _, err := f.levels.Create(ctx, old); err != nil {
		t.Fatal(err)
	}
	if err := f.maintain(ctx, true); err != nil {
		t.Fatal(err)
	}
	if exempt, _ = f.levels.Get("", "exempt"); exempt.Annotations[flowcontrolv1.AutoUpdateAnnotationKey] != "true" || *exempt.Spec.Exempt.LendablePercent != 50 {
		t.Errorf("the exempt level became %+v, %v", exempt.Spec.Exempt, exempt.Annotations)
	}
	if schemas := len(f.schemas.List("")); schemas != 13 {
		t.Errorf("what was deleted is not back: %d schemas", schemas)
	}
	if _, ok := f.levels.Get("", "of-an-earlier-version"); ok {
		t.Error("what an earlier version made is still there")
	}
}

func TestFlowSchemasAreTold(t *testing.T) {
	c := flowControlPlane(t)
	if err := c.openGate(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := c.keepFair(ctx); err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	})
	defer running.Wait()
	defer cancel()
	f := c.flowControl()
	batch := &flowcontrolv1.FlowSchema{ObjectMeta: metav1.ObjectMeta{Name: "batch"}, Spec: flowcontrolv1.FlowSchemaSpec{MatchingPrecedence: 5,
		PriorityLevelConfiguration: flowcontrolv1.PriorityLevelConfigurationReference{Name: "batch"},
		Rules: []flowcontrolv1.PolicyRulesWithSubjects{{Subjects: []flowcontrolv1.Subject{{Kind: "User", User: &flowcontrolv1.UserSubject{Name: "batch"}}},
			NonResourceRules: []flowcontrolv1.NonResourcePolicyRule{{Verbs: []string{"get"}, NonResourceURLs: []string{"*"}}}}}}}
	if _, err := f.schemas.Create(ctx, batch); err != nil {
		t.Fatal(err)
	}
	request := &fairness.Request{User: "batch", Groups: []string{"system:authenticated"}, Verb: "get", Path: "/x"}
	until := func(status flowcontrolv1.ConditionStatus, schema string) {
		t.Helper()
		seen, stop := context.WithTimeout(ctx, 20*time.Second)
		defer stop()
		_ = f.schemas.Follow(seen, func(_, s *flowcontrolv1.FlowSchema) {
			if s != nil && s.Name == "batch" && len(s.Status.Conditions) == 1 && s.Status.Conditions[0].Status == status {
				stop()
			}
		})
		ticket, why := c.gate.Enter(ctx, request, 1)
		if why != "" || ticket.Identity == nil || ticket.Identity.Schema != schema {
			t.Errorf("sorted into %+v %s, want %s", ticket.Identity, why, schema)
		}
		ticket.Done()
	}
	until(flowcontrolv1.ConditionTrue, "global-default")
	level := &flowcontrolv1.PriorityLevelConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "batch"},
		Spec: flowcontrolv1.PriorityLevelConfigurationSpec{Type: flowcontrolv1.PriorityLevelEnablementLimited, Limited: &flowcontrolv1.LimitedPriorityLevelConfiguration{
			LimitResponse: flowcontrolv1.LimitResponse{Type: flowcontrolv1.LimitResponseTypeReject}}}}
	if _, err := f.levels.Create(ctx, level); err != nil {
		t.Fatal(err)
	}
	until(flowcontrolv1.ConditionFalse, "batch")
}
