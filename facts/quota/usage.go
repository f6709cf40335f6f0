package quota

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/facts/pods"
)

var unit = *resource.NewQuantity(1, resource.DecimalSI)

// counted are the resources that are also counted under their plain names.
var counted = map[schema.GroupResource]corev1.ResourceName{
	{Resource: "pods"}:                   corev1.ResourcePods,
	{Resource: "services"}:               corev1.ResourceServices,
	{Resource: "replicationcontrollers"}: corev1.ResourceReplicationControllers,
	{Resource: "resourcequotas"}:         corev1.ResourceQuotas,
	{Resource: "secrets"}:                corev1.ResourceSecrets,
	{Resource: "configmaps"}:             corev1.ResourceConfigMaps,
	{Resource: "persistentvolumeclaims"}: corev1.ResourcePersistentVolumeClaims,
}

// CountName is the name under which any resource's objects are counted: count/<resource>.<group>.
func CountName(gr schema.GroupResource) corev1.ResourceName {
	return corev1.ResourceName("count/" + gr.String())
}

// Usage returns what obj, one of gr, takes. Pods that have ended take only their count as
// objects, so that what they ran with is free for others.
func Usage(gr schema.GroupResource, obj metav1.Object) corev1.ResourceList {
	usage := corev1.ResourceList{CountName(gr): unit}
	if pod, ok := obj.(*corev1.Pod); ok {
		if podCounts(pod) {
			podUsage(pod, usage)
		}
		return usage
	}
	if plain, ok := counted[gr]; ok {
		usage[plain] = unit
	}
	switch obj := obj.(type) {
	case *corev1.Service:
		serviceUsage(obj, usage)
	case *corev1.PersistentVolumeClaim:
		claimUsage(obj, usage)
	case *resourcev1.ResourceClaim:
		deviceUsage(obj, usage)
	}
	return usage
}

func podCounts(pod *corev1.Pod) bool {
	return pod.Status.Phase != corev1.PodFailed && pod.Status.Phase != corev1.PodSucceeded
}

// podUsage adds requests and limits under every name that a quota may use for them.
func podUsage(pod *corev1.Pod, usage corev1.ResourceList) {
	usage[corev1.ResourcePods] = unit
	for name, q := range pods.Requests(pod) {
		switch {
		case name == corev1.ResourceCPU || name == corev1.ResourceMemory || name == corev1.ResourceEphemeralStorage || strings.HasPrefix(string(name), corev1.ResourceHugePagesPrefix):
			usage[name] = q
			usage[corev1.DefaultResourceRequestsPrefix+name] = q
		case extended(name):
			usage[corev1.DefaultResourceRequestsPrefix+name] = q
		}
	}
	for name, q := range pods.Limits(pod) {
		switch name {
		case corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage:
			usage["limits."+name] = q
		}
	}
}

// extended names belong to somebody else's domain.
func extended(name corev1.ResourceName) bool {
	return strings.Contains(string(name), "/") && !strings.Contains(string(name), corev1.ResourceDefaultNamespacePrefix)
}

func serviceUsage(svc *corev1.Service, usage corev1.ResourceList) {
	ports := int64(len(svc.Spec.Ports))
	switch svc.Spec.Type {
	case corev1.ServiceTypeNodePort:
		usage[corev1.ResourceServicesNodePorts] = *resource.NewQuantity(ports, resource.DecimalSI)
	case corev1.ServiceTypeLoadBalancer:
		usage[corev1.ResourceServicesLoadBalancers] = unit
		if allocate := svc.Spec.AllocateLoadBalancerNodePorts; allocate != nil && !*allocate {
			ports = 0
			for i := range svc.Spec.Ports {
				if svc.Spec.Ports[i].NodePort != 0 {
					ports++
				}
			}
		}
		usage[corev1.ResourceServicesNodePorts] = *resource.NewQuantity(ports, resource.DecimalSI)
	}
}

const (
	ofClass       = ".storageclass.storage.k8s.io/"
	ofDeviceClass = ".deviceclass.resource.k8s.io/devices"
)

// claimUsage counts a claim twice: for the namespace, and for its storage class. What was granted counts where it is more than what is asked.
func claimUsage(claim *corev1.PersistentVolumeClaim, usage corev1.ResourceList) {
	class := claim.Annotations[corev1.BetaStorageClassAnnotation]
	if class == "" && claim.Spec.StorageClassName != nil {
		class = *claim.Spec.StorageClassName
	}
	if class != "" {
		usage[corev1.ResourceName(class+ofClass)+corev1.ResourcePersistentVolumeClaims] = unit
	}
	storage, ok := claim.Spec.Resources.Requests[corev1.ResourceStorage]
	if granted, has := claim.Status.AllocatedResources[corev1.ResourceStorage]; has && granted.Cmp(storage) > 0 {
		storage, ok = granted, true
	}
	if !ok {
		return
	}
	usage[corev1.ResourceRequestsStorage] = storage
	if class != "" {
		usage[corev1.ResourceName(class+ofClass)+corev1.ResourceRequestsStorage] = storage
	}
}

// deviceUsage counts the devices that a claim may take of each class. Of alternatives, and of "all" devices, the most counts.
func deviceUsage(claim *resourcev1.ResourceClaim, usage corev1.ResourceList) {
	add := func(most map[string]int64) {
		for class, n := range most {
			name := corev1.ResourceName(class + ofDeviceClass)
			q := usage[name]
			q.Add(*resource.NewQuantity(n, resource.DecimalSI))
			usage[name] = q
		}
	}
	amount := func(mode resourcev1.DeviceAllocationMode, count int64) int64 {
		if mode == resourcev1.DeviceAllocationModeAll {
			return resourcev1.AllocationResultsMaxSize
		}
		return count
	}
	for _, r := range claim.Spec.Devices.Requests {
		most := map[string]int64{}
		if r.Exactly != nil {
			most[r.Exactly.DeviceClassName] = amount(r.Exactly.AllocationMode, r.Exactly.Count)
		}
		for _, alternative := range r.FirstAvailable {
			class := alternative.DeviceClassName
			most[class] = max(most[class], amount(alternative.AllocationMode, alternative.Count))
		}
		add(most)
	}
}

// Matches tells whether objects of gr may take something of what a quota calls name.
func Matches(gr schema.GroupResource, name corev1.ResourceName) bool {
	if name == CountName(gr) || name == counted[gr] {
		return true
	}
	text := string(name)
	switch gr {
	case schema.GroupResource{Resource: "pods"}:
		if Compute(name) || name == corev1.ResourceRequestsEphemeralStorage || name == corev1.ResourceEphemeralStorage || name == corev1.ResourceLimitsEphemeralStorage {
			return true
		}
		asked, request := strings.CutPrefix(text, corev1.DefaultResourceRequestsPrefix)
		return strings.HasPrefix(asked, corev1.ResourceHugePagesPrefix) || request && extended(corev1.ResourceName(asked))
	case schema.GroupResource{Resource: "services"}:
		return name == corev1.ResourceServicesNodePorts || name == corev1.ResourceServicesLoadBalancers
	case schema.GroupResource{Resource: "persistentvolumeclaims"}:
		return name == corev1.ResourceRequestsStorage || strings.HasSuffix(text, ofClass+string(corev1.ResourceRequestsStorage)) ||
			strings.HasSuffix(text, ofClass+string(corev1.ResourcePersistentVolumeClaims))
	case schema.GroupResource{Group: resourcev1.GroupName, Resource: "resourceclaims"}:
		return strings.HasSuffix(text, ofDeviceClass)
	}
	return false
}

// Compute tells whether name is of cpu or memory: where a quota bounds these, every container has to say what it takes.
func Compute(name corev1.ResourceName) bool {
	switch name {
	case corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceRequestsCPU, corev1.ResourceRequestsMemory, corev1.ResourceLimitsCPU, corev1.ResourceLimitsMemory:
		return true
	}
	return false
}
