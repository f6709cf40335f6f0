package podsecurity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/pod-security-admission/admission"
	"k8s.io/pod-security-admission/admission/api"
	podsecurity "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/metrics"
	"k8s.io/pod-security-admission/policy"

	"argosy.dev/resource"
)

// Reader finds namespaces and the pods in them.
type Reader interface {
	Namespace(name string) (*corev1.Namespace, bool)
	Pods(namespace string) []*corev1.Pod
}

// Plugin is the rule.
type Plugin struct {
	// rules are made when first asked for: most clusters start without anybody asking.
	rules func() (*admission.Admission, error)
}

// New returns the plugin for what r shows. Namespaces without labels are privileged, in the latest version.
func New(r Reader) Plugin {
	return Plugin{rules: sync.OnceValues(func() (*admission.Admission, error) {
		// Pods that the version of the rules does not know are judged by the newest.
		evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
		if err != nil {
			return nil, fmt.Errorf("making the pod security rules: %w", err)
		}
		level, version := string(podsecurity.LevelPrivileged), podsecurity.VersionLatest
		rules := &admission.Admission{
			Configuration: &api.PodSecurityConfiguration{Defaults: api.PodSecurityDefaults{
				Enforce: level, EnforceVersion: version, Audit: level, AuditVersion: version, Warn: level, WarnVersion: version,
			}},
			Evaluator:        evaluator,
			Metrics:          uncounted{},
			PodSpecExtractor: admission.DefaultPodSpecExtractor{},
			NamespaceGetter:  cluster{r},
			PodLister:        cluster{r},
		}
		if err := rules.CompleteConfiguration(); err != nil {
			return nil, fmt.Errorf("configuring the pod security rules: %w", err)
		}
		return rules, rules.ValidateConfiguration()
	})}
}

var namespaces = schema.GroupResource{Resource: "namespaces"}

// Validate refuses and warns.
func (p Plugin) Validate(ctx context.Context, a *resource.Attempt) error {
	kind := a.Resource.Kind
	isNamespace := kind.GroupResource() == namespaces
	if a.Operation == resource.Delete || !isNamespace && !(admission.DefaultPodSpecExtractor{}).HasPodSpec(kind.GroupResource()) {
		return nil
	}
	rules, err := p.rules()
	if err != nil {
		return apierrors.NewInternalError(err)
	}
	attributes := &podsecurity.AttributesRecord{
		Name: a.Name, Namespace: a.Namespace, Kind: kind.GVK, Resource: kind.GVR(), Subresource: a.Subresource,
		Operation: admissionv1.Operation(a.Operation), Object: a.Object,
	}
	if a.Old != nil {
		attributes.OldObject = a.Old
	}
	if isNamespace {
		attributes.Namespace = a.Name
	}
	answer := rules.Validate(ctx, attributes)
	for _, w := range answer.Warnings {
		a.Warn(w)
	}
	if answer.Allowed {
		return nil
	}
	//lint:ignore ST1005 upstream's words
	refusal := a.Forbid(errors.New("Not allowed by PodSecurity"))
	if said := answer.Result; said != nil {
		status := &refusal.ErrStatus
		if said.Message != "" {
			status.Message = said.Message
		}
		if said.Reason != "" {
			status.Reason = said.Reason
		}
		if said.Details != nil {
			status.Details = said.Details
		}
		if said.Code != 0 {
			status.Code = said.Code
		}
	}
	return refusal
}

// cluster shows the rules what they look at.
type cluster struct{ reader Reader }

func (c cluster) GetNamespace(_ context.Context, name string) (*corev1.Namespace, error) {
	if ns, ok := c.reader.Namespace(name); ok {
		return ns, nil
	}
	return nil, apierrors.NewNotFound(namespaces, name)
}

// ListPods returns a list that may be sorted: the rules put the pods that matter most first.
func (c cluster) ListPods(_ context.Context, namespace string) ([]*corev1.Pod, error) {
	return slices.Clone(c.reader.Pods(namespace)), nil
}

// uncounted stands where the rules would count what they did.
type uncounted struct{}

func (uncounted) RecordEvaluation(metrics.Decision, podsecurity.LevelVersion, metrics.Mode, podsecurity.Attributes) {
}
func (uncounted) RecordExemption(podsecurity.Attributes)   {}
func (uncounted) RecordError(bool, podsecurity.Attributes) {}
