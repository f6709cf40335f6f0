package flowschema

import (
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	flowcontrolv1 "k8s.io/api/flowcontrol/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/kinds/flowcontrol/prioritylevelconfiguration"
)

// Groups and users that the schemas of every cluster speak of.
const (
	masters         = "system:masters"
	nodes           = "system:nodes"
	authenticated   = "system:authenticated"
	unauthenticated = "system:unauthenticated"
	serviceAccounts = "system:serviceaccounts"
	controllers     = "system:kube-controller-manager"
	scheduler       = "system:kube-scheduler"
)

type (
	rule    = flowcontrolv1.PolicyRulesWithSubjects
	subject = flowcontrolv1.Subject
)

// Mandatory are the schemas without which a server does not work; their specs are fixed.
func Mandatory() []*flowcontrolv1.FlowSchema {
	return []*flowcontrolv1.FlowSchema{
		schema("exempt", "exempt", 1, "", rule{Subjects: groups(masters), ResourceRules: allResources(), NonResourceRules: allPaths()}),
		schema("catch-all", "catch-all", flowcontrolv1.FlowSchemaMaxMatchingPrecedence, byUser, everything(unauthenticated, authenticated)),
	}
}

// Suggested are the schemas that suit most clusters; administrators may change them.
func Suggested() []*flowcontrolv1.FlowSchema {
	lock := []string{"get", "create", "update"}
	leases := resources(lock, coordinationv1.GroupName, false, "leases")
	return []*flowcontrolv1.FlowSchema{
		schema("system-nodes", prioritylevelconfiguration.System, 500, byUser, everything(nodes)),
		schema("system-node-high", prioritylevelconfiguration.NodeHigh, 400, byUser, rule{Subjects: groups(nodes), ResourceRules: []flowcontrolv1.ResourcePolicyRule{
			resources(every, corev1.GroupName, true, "nodes", "nodes/status"), resources(every, coordinationv1.GroupName, false, "leases"),
		}}),
		schema("probes", "exempt", 2, "", rule{Subjects: groups(unauthenticated, authenticated), NonResourceRules: []flowcontrolv1.NonResourcePolicyRule{
			{Verbs: []string{"get"}, NonResourceURLs: []string{"/healthz", "/readyz", "/livez"}},
		}}),
		schema("system-leader-election", prioritylevelconfiguration.LeaderElection, 100, byUser, rule{
			Subjects: append(users(controllers, scheduler), account("*")), ResourceRules: []flowcontrolv1.ResourcePolicyRule{leases},
		}),
		schema("workload-leader-election", prioritylevelconfiguration.LeaderElection, 200, byUser, rule{Subjects: groups(serviceAccounts), ResourceRules: []flowcontrolv1.ResourcePolicyRule{leases}}),
		schema("endpoint-controller", prioritylevelconfiguration.WorkloadHigh, 150, byUser, rule{
			Subjects:      append(users(controllers), account("endpoint-controller"), account("endpointslicemirroring-controller")),
			ResourceRules: []flowcontrolv1.ResourcePolicyRule{resources(lock, corev1.GroupName, false, "endpoints")},
		}),
		schema("kube-controller-manager", prioritylevelconfiguration.WorkloadHigh, 800, byNamespace, rule{Subjects: users(controllers), ResourceRules: allResources(), NonResourceRules: allPaths()}),
		schema("kube-scheduler", prioritylevelconfiguration.WorkloadHigh, 800, byNamespace, rule{Subjects: users(scheduler), ResourceRules: allResources(), NonResourceRules: allPaths()}),
		schema("kube-system-service-accounts", prioritylevelconfiguration.WorkloadHigh, 900, byNamespace, rule{Subjects: []subject{account("*")}, ResourceRules: allResources(), NonResourceRules: allPaths()}),
		schema("service-accounts", prioritylevelconfiguration.WorkloadLow, 9000, byUser, everything(serviceAccounts)),
		schema("global-default", prioritylevelconfiguration.GlobalDefault, 9900, byUser, everything(unauthenticated, authenticated)),
	}
}

const (
	byUser      = flowcontrolv1.FlowDistinguisherMethodByUserType
	byNamespace = flowcontrolv1.FlowDistinguisherMethodByNamespaceType
)

// every verb.
var every = []string{flowcontrolv1.VerbAll}

func schema(name, level string, precedence int32, method flowcontrolv1.FlowDistinguisherMethodType, rules ...rule) *flowcontrolv1.FlowSchema {
	s := &flowcontrolv1.FlowSchema{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{flowcontrolv1.AutoUpdateAnnotationKey: "true"}},
		Spec: flowcontrolv1.FlowSchemaSpec{
			PriorityLevelConfiguration: flowcontrolv1.PriorityLevelConfigurationReference{Name: level}, MatchingPrecedence: precedence, Rules: rules,
		},
	}
	if method != "" {
		s.Spec.DistinguisherMethod = &flowcontrolv1.FlowDistinguisherMethod{Type: method}
	}
	return s
}

// everything that members of groups ask.
func everything(names ...string) rule {
	return rule{Subjects: groups(names...), ResourceRules: allResources(), NonResourceRules: allPaths()}
}

func allResources() []flowcontrolv1.ResourcePolicyRule {
	return []flowcontrolv1.ResourcePolicyRule{resources(every, flowcontrolv1.APIGroupAll, true, flowcontrolv1.ResourceAll)}
}

func allPaths() []flowcontrolv1.NonResourcePolicyRule {
	return []flowcontrolv1.NonResourcePolicyRule{{Verbs: every, NonResourceURLs: []string{flowcontrolv1.NonResourceAll}}}
}

// resources of one group, in every namespace; with cluster, also those that are in none.
func resources(verbs []string, group string, cluster bool, names ...string) flowcontrolv1.ResourcePolicyRule {
	return flowcontrolv1.ResourcePolicyRule{Verbs: verbs, APIGroups: []string{group}, Resources: names, Namespaces: []string{flowcontrolv1.NamespaceEvery}, ClusterScope: cluster}
}

func groups(names ...string) []subject {
	var list []subject
	for _, name := range names {
		list = append(list, subject{Kind: flowcontrolv1.SubjectKindGroup, Group: &flowcontrolv1.GroupSubject{Name: name}})
	}
	return list
}

func users(names ...string) []subject {
	var list []subject
	for _, name := range names {
		list = append(list, subject{Kind: flowcontrolv1.SubjectKindUser, User: &flowcontrolv1.UserSubject{Name: name}})
	}
	return list
}

// account is a service account of the cluster's own components.
func account(name string) subject {
	return subject{Kind: flowcontrolv1.SubjectKindServiceAccount, ServiceAccount: &flowcontrolv1.ServiceAccountSubject{Namespace: metav1.NamespaceSystem, Name: name}}
}
