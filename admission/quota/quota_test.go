package quota

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	quantity "k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/kinds"
	"argosy.dev/resource"
)

// books keep quotas as a store does: written only by who has seen the newest.
type books struct {
	mu     sync.Mutex
	quotas []*corev1.ResourceQuota
	writes int
}

func (b *books) ResourceQuotas(string) []*corev1.ResourceQuota {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]*corev1.ResourceQuota(nil), b.quotas...)
}

func (b *books) UpdateQuotaStatus(_ context.Context, q *corev1.ResourceQuota) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, had := range b.quotas {
		if had.Name != q.Name {
			continue
		}
		if had.ResourceVersion != q.ResourceVersion {
			return apierrors.NewConflict(schema.GroupResource{Resource: "resourcequotas"}, q.Name, nil)
		}
		n, _ := strconv.Atoi(q.ResourceVersion)
		q.ResourceVersion = strconv.Itoa(n + 1)
		b.quotas[i] = q
		b.writes++
	}
	return nil
}

func list(pairs ...string) corev1.ResourceList {
	l := corev1.ResourceList{}
	for i := 0; i < len(pairs); i += 2 {
		l[corev1.ResourceName(pairs[i])] = quantity.MustParse(pairs[i+1])
	}
	return l
}

func bound(name string, hard, used corev1.ResourceList) *corev1.ResourceQuota {
	return &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name, ResourceVersion: "1"},
		Spec: corev1.ResourceQuotaSpec{Hard: hard}, Status: corev1.ResourceQuotaStatus{Hard: hard, Used: used}}
}

func attempt(resourceName string, obj, old kinds.Object) *resource.Attempt {
	a := &resource.Attempt{Operation: resource.Create, Object: obj}
	a.Resource = &resource.Resource{Kind: &kinds.Kind{GVK: corev1.SchemeGroupVersion.WithKind("X"), Resource: resourceName, Namespaced: true}}
	a.Namespace, a.Name = "ns", obj.GetName()
	if old != nil {
		a.Operation, a.Old = resource.Update, old
	}
	return a
}

func pod(requests, limits corev1.ResourceList) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Spec: corev1.PodSpec{Containers: []corev1.Container{
		{Name: "c", Resources: corev1.ResourceRequirements{Requests: requests, Limits: limits}}}}}
}

func service(kind corev1.ServiceType, ports int) *corev1.Service {
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "s"}, Spec: corev1.ServiceSpec{Type: kind, Ports: make([]corev1.ServicePort, ports)}}
}

func TestValidate(t *testing.T) {
	scoped := bound("q", list("pods", "0"), list("pods", "0"))
	scoped.Spec.Scopes = []corev1.ResourceQuotaScope{corev1.ResourceQuotaScopeBestEffort}
	for _, c := range []struct {
		name  string
		quota *corev1.ResourceQuota
		a     *resource.Attempt
		want  string
		used  corev1.ResourceList
	}{
		{"counted", bound("q", list("count/configmaps", "2"), list("count/configmaps", "1")), attempt("configmaps", &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "c"}}, nil),
			"", list("count/configmaps", "2")},
		{"one too many", bound("q", list("count/configmaps", "2", "secrets", "1"), list("count/configmaps", "2", "secrets", "0")), attempt("configmaps", &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "c"}}, nil),
			`configmaps "c" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=2, limited: count/configmaps=2`, nil},
		{"not counted yet", bound("q", list("pods", "2"), nil), attempt("pods", pod(nil, nil), nil), `pods "p" is forbidden: status unknown for quota: q, resources: pods`, nil},
		{"compute", bound("q", list("requests.cpu", "1", "limits.memory", "1Gi"), list("requests.cpu", "0", "limits.memory", "0")),
			attempt("pods", pod(list("cpu", "500m"), list("memory", "1Gi")), nil), "", list("requests.cpu", "500m", "limits.memory", "1Gi")},
		{"too much of it", bound("q", list("cpu", "1"), list("cpu", "800m")), attempt("pods", pod(list("cpu", "500m"), nil), nil),
			`pods "p" is forbidden: exceeded quota: q, requested: cpu=500m, used: cpu=800m, limited: cpu=1`, nil},
		{"silent containers", bound("q", list("requests.cpu", "1", "limits.memory", "1"), list("requests.cpu", "0", "limits.memory", "0")), attempt("pods", pod(nil, nil), nil),
			`pods "p" is forbidden: failed quota: q: must specify limits.memory for: c; requests.cpu for: c`, nil},
		{"out of scope", scoped, attempt("pods", pod(list("cpu", "1"), nil), nil), "", list("pods", "0")},
		{"in scope", scoped, attempt("pods", pod(nil, nil), nil), `pods "p" is forbidden: exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0`, nil},
		{"another type of service", bound("q", list("services", "1", "services.nodeports", "2"), list("services", "1", "services.nodeports", "0")),
			attempt("services", service(corev1.ServiceTypeNodePort, 2), service(corev1.ServiceTypeClusterIP, 2)), "", list("services", "1", "services.nodeports", "2")},
		{"less than before", bound("q", list("services.nodeports", "2"), list("services.nodeports", "2")),
			attempt("services", service(corev1.ServiceTypeClusterIP, 2), service(corev1.ServiceTypeNodePort, 2)), "", list("services.nodeports", "2")},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := &books{quotas: []*corev1.ResourceQuota{c.quota.DeepCopy()}}
			got := ""
			if err := New(b).Validate(t.Context(), c.a); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			for name, want := range c.used {
				if q := b.quotas[0].Status.Used[name]; q.Cmp(want) != 0 {
					t.Errorf("%s used %s, want %s", name, q.String(), want.String())
				}
			}
		})
	}
}

// Two servers and many clients: what is admitted is what was booked and never more than allowed; what one quota refuses is not booked in another.
func TestExactUnderConcurrency(t *testing.T) {
	b := &books{quotas: []*corev1.ResourceQuota{
		bound("all", list("count/configmaps", "1000"), list("count/configmaps", "0")), bound("few", list("configmaps", "37"), list("configmaps", "0")),
	}}
	servers := []*Plugin{New(b), New(b)}
	var group sync.WaitGroup
	var mu sync.Mutex
	admitted, refused := 0, 0
	for i := range 200 {
		group.Go(func() {
			err := servers[i%2].Validate(context.Background(), attempt("configmaps", &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("c", i)}}, nil))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				admitted++
			case strings.Contains(err.Error(), "exceeded quota: few"):
				refused++
			default:
				t.Error(err)
			}
		})
	}
	group.Wait()
	if admitted != 37 || refused != 163 {
		t.Errorf("%d admitted, %d refused", admitted, refused)
	}
	if q := b.quotas[1].Status.Used["configmaps"]; q.Value() != 37 {
		t.Errorf("booked %s", q.String())
	}
	t.Logf("%d writes for %d bookings", b.writes, admitted)
}

func TestDryRunBooksNothing(t *testing.T) {
	b := &books{quotas: []*corev1.ResourceQuota{bound("q", list("pods", "1"), list("pods", "0"))}}
	a := attempt("pods", pod(nil, nil), nil)
	a.DryRun = true
	if err := New(b).Validate(t.Context(), a); err != nil || b.writes > 0 {
		t.Errorf("%v, %d writes", err, b.writes)
	}
}
