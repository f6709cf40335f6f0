package client

import (
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	certificatesv1 "k8s.io/api/certificates/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	flowcontrolv1 "k8s.io/api/flowcontrol/v1"
	networkingv1 "k8s.io/api/networking/v1"
	nodev1 "k8s.io/api/node/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	storagev1 "k8s.io/api/storage/v1"
)

// The kinds that components use, one line each.

func Namespaces(c Cluster) Resource[*corev1.Namespace] {
	return core[*corev1.Namespace](c, "namespaces")
}
func Nodes(c Cluster) Resource[*corev1.Node] { return core[*corev1.Node](c, "nodes") }
func Pods(c Cluster) Resource[*corev1.Pod]   { return core[*corev1.Pod](c, "pods") }
func ConfigMaps(c Cluster) Resource[*corev1.ConfigMap] {
	return core[*corev1.ConfigMap](c, "configmaps")
}
func Secrets(c Cluster) Resource[*corev1.Secret]   { return core[*corev1.Secret](c, "secrets") }
func Services(c Cluster) Resource[*corev1.Service] { return core[*corev1.Service](c, "services") }
func Events(c Cluster) Resource[*corev1.Event]     { return core[*corev1.Event](c, "events") }

func ServiceAccounts(c Cluster) Resource[*corev1.ServiceAccount] {
	return core[*corev1.ServiceAccount](c, "serviceaccounts")
}

func Deployments(c Cluster) Resource[*appsv1.Deployment] {
	return For[*appsv1.Deployment](c, appsv1.SchemeGroupVersion.WithResource("deployments"))
}

func ReplicaSets(c Cluster) Resource[*appsv1.ReplicaSet] {
	return For[*appsv1.ReplicaSet](c, appsv1.SchemeGroupVersion.WithResource("replicasets"))
}

func ControllerRevisions(c Cluster) Resource[*appsv1.ControllerRevision] {
	return For[*appsv1.ControllerRevision](c, appsv1.SchemeGroupVersion.WithResource("controllerrevisions"))
}

func CertificateSigningRequests(c Cluster) Resource[*certificatesv1.CertificateSigningRequest] {
	return For[*certificatesv1.CertificateSigningRequest](c, certificatesv1.SchemeGroupVersion.WithResource("certificatesigningrequests"))
}

func Leases(c Cluster) Resource[*coordinationv1.Lease] {
	return For[*coordinationv1.Lease](c, coordinationv1.SchemeGroupVersion.WithResource("leases"))
}

func PriorityClasses(c Cluster) Resource[*schedulingv1.PriorityClass] {
	return For[*schedulingv1.PriorityClass](c, schedulingv1.SchemeGroupVersion.WithResource("priorityclasses"))
}

func StatefulSets(c Cluster) Resource[*appsv1.StatefulSet] {
	return For[*appsv1.StatefulSet](c, appsv1.SchemeGroupVersion.WithResource("statefulsets"))
}

func DaemonSets(c Cluster) Resource[*appsv1.DaemonSet] {
	return For[*appsv1.DaemonSet](c, appsv1.SchemeGroupVersion.WithResource("daemonsets"))
}

func Jobs(c Cluster) Resource[*batchv1.Job] {
	return For[*batchv1.Job](c, batchv1.SchemeGroupVersion.WithResource("jobs"))
}

func HorizontalPodAutoscalers(c Cluster) Resource[*autoscalingv2.HorizontalPodAutoscaler] {
	return For[*autoscalingv2.HorizontalPodAutoscaler](c, autoscalingv2.SchemeGroupVersion.WithResource("horizontalpodautoscalers"))
}

func CronJobs(c Cluster) Resource[*batchv1.CronJob] {
	return For[*batchv1.CronJob](c, batchv1.SchemeGroupVersion.WithResource("cronjobs"))
}

func Roles(c Cluster) Resource[*rbacv1.Role] {
	return For[*rbacv1.Role](c, rbacv1.SchemeGroupVersion.WithResource("roles"))
}

func ClusterRoles(c Cluster) Resource[*rbacv1.ClusterRole] {
	return For[*rbacv1.ClusterRole](c, rbacv1.SchemeGroupVersion.WithResource("clusterroles"))
}

func RoleBindings(c Cluster) Resource[*rbacv1.RoleBinding] {
	return For[*rbacv1.RoleBinding](c, rbacv1.SchemeGroupVersion.WithResource("rolebindings"))
}

func ClusterRoleBindings(c Cluster) Resource[*rbacv1.ClusterRoleBinding] {
	return For[*rbacv1.ClusterRoleBinding](c, rbacv1.SchemeGroupVersion.WithResource("clusterrolebindings"))
}

func StorageClasses(c Cluster) Resource[*storagev1.StorageClass] {
	return For[*storagev1.StorageClass](c, storagev1.SchemeGroupVersion.WithResource("storageclasses"))
}

func VolumeAttributesClasses(c Cluster) Resource[*storagev1.VolumeAttributesClass] {
	return For[*storagev1.VolumeAttributesClass](c, storagev1.SchemeGroupVersion.WithResource("volumeattributesclasses"))
}

func CSIDrivers(c Cluster) Resource[*storagev1.CSIDriver] {
	return For[*storagev1.CSIDriver](c, storagev1.SchemeGroupVersion.WithResource("csidrivers"))
}

func CSINodes(c Cluster) Resource[*storagev1.CSINode] {
	return For[*storagev1.CSINode](c, storagev1.SchemeGroupVersion.WithResource("csinodes"))
}

func CSIStorageCapacities(c Cluster) Resource[*storagev1.CSIStorageCapacity] {
	return For[*storagev1.CSIStorageCapacity](c, storagev1.SchemeGroupVersion.WithResource("csistoragecapacities"))
}

func RuntimeClasses(c Cluster) Resource[*nodev1.RuntimeClass] {
	return For[*nodev1.RuntimeClass](c, nodev1.SchemeGroupVersion.WithResource("runtimeclasses"))
}

func IngressClasses(c Cluster) Resource[*networkingv1.IngressClass] {
	return For[*networkingv1.IngressClass](c, networkingv1.SchemeGroupVersion.WithResource("ingressclasses"))
}

func PersistentVolumes(c Cluster) Resource[*corev1.PersistentVolume] {
	return core[*corev1.PersistentVolume](c, "persistentvolumes")
}

func PersistentVolumeClaims(c Cluster) Resource[*corev1.PersistentVolumeClaim] {
	return core[*corev1.PersistentVolumeClaim](c, "persistentvolumeclaims")
}

func VolumeAttachments(c Cluster) Resource[*storagev1.VolumeAttachment] {
	return For[*storagev1.VolumeAttachment](c, storagev1.SchemeGroupVersion.WithResource("volumeattachments"))
}

func PodTemplates(c Cluster) Resource[*corev1.PodTemplate] {
	return core[*corev1.PodTemplate](c, "podtemplates")
}

func ReplicationControllers(c Cluster) Resource[*corev1.ReplicationController] {
	return core[*corev1.ReplicationController](c, "replicationcontrollers")
}

//lint:ignore SA1019 the API serves Endpoints for as long as clients read it
type endpoints = *corev1.Endpoints

func Endpoints(c Cluster) Resource[endpoints] { return core[endpoints](c, "endpoints") }

func PodDisruptionBudgets(c Cluster) Resource[*policyv1.PodDisruptionBudget] {
	return For[*policyv1.PodDisruptionBudget](c, policyv1.SchemeGroupVersion.WithResource("poddisruptionbudgets"))
}

func ResourceQuotas(c Cluster) Resource[*corev1.ResourceQuota] {
	return core[*corev1.ResourceQuota](c, "resourcequotas")
}

func LimitRanges(c Cluster) Resource[*corev1.LimitRange] {
	return core[*corev1.LimitRange](c, "limitranges")
}

func Ingresses(c Cluster) Resource[*networkingv1.Ingress] {
	return For[*networkingv1.Ingress](c, networkingv1.SchemeGroupVersion.WithResource("ingresses"))
}

func NetworkPolicies(c Cluster) Resource[*networkingv1.NetworkPolicy] {
	return For[*networkingv1.NetworkPolicy](c, networkingv1.SchemeGroupVersion.WithResource("networkpolicies"))
}

func ServiceCIDRs(c Cluster) Resource[*networkingv1.ServiceCIDR] {
	return For[*networkingv1.ServiceCIDR](c, networkingv1.SchemeGroupVersion.WithResource("servicecidrs"))
}

func IPAddresses(c Cluster) Resource[*networkingv1.IPAddress] {
	return For[*networkingv1.IPAddress](c, networkingv1.SchemeGroupVersion.WithResource("ipaddresses"))
}

func EndpointSlices(c Cluster) Resource[*discoveryv1.EndpointSlice] {
	return For[*discoveryv1.EndpointSlice](c, discoveryv1.SchemeGroupVersion.WithResource("endpointslices"))
}

func core[T Object](c Cluster, resource string) Resource[T] {
	return For[T](c, corev1.SchemeGroupVersion.WithResource(resource))
}

func FlowSchemas(c Cluster) Resource[*flowcontrolv1.FlowSchema] {
	return For[*flowcontrolv1.FlowSchema](c, flowcontrolv1.SchemeGroupVersion.WithResource("flowschemas"))
}

func PriorityLevelConfigurations(c Cluster) Resource[*flowcontrolv1.PriorityLevelConfiguration] {
	return For[*flowcontrolv1.PriorityLevelConfiguration](c, flowcontrolv1.SchemeGroupVersion.WithResource("prioritylevelconfigurations"))
}
