package rules

import (
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// order names, of a structure whose members Kubernetes keeps in another order than its API has, the members in that order;
// what it keeps in no such place is not among them. Of all others it is nil.
func order(t reflect.Type) []string {
	switch t {
	case reflect.TypeFor[corev1.PodSpec]():
		return strings.Fields(`Volumes InitContainers Containers EphemeralContainers RestartPolicy TerminationGracePeriodSeconds
			ActiveDeadlineSeconds DNSPolicy NodeSelector ServiceAccountName AutomountServiceAccountToken NodeName SecurityContext
			ImagePullSecrets Hostname Subdomain SetHostnameAsFQDN Affinity SchedulerName Tolerations HostAliases PriorityClassName
			Priority PreemptionPolicy DNSConfig ReadinessGates RuntimeClassName Overhead EnableServiceLinks
			TopologySpreadConstraints OS SchedulingGates ResourceClaims Resources HostnameOverride SchedulingGroup`)
	case reflect.TypeFor[corev1.PodSecurityContext]():
		return strings.Fields(`SELinuxOptions WindowsOptions RunAsUser RunAsGroup RunAsNonRoot SupplementalGroups
			SupplementalGroupsPolicy FSGroup FSGroupChangePolicy Sysctls SeccompProfile AppArmorProfile SELinuxChangePolicy`)
	case reflect.TypeFor[corev1.VolumeSource]():
		return strings.Fields(`HostPath EmptyDir GCEPersistentDisk AWSElasticBlockStore GitRepo Secret NFS ISCSI Glusterfs
			PersistentVolumeClaim RBD Quobyte FlexVolume Cinder CephFS Flocker DownwardAPI FC AzureFile ConfigMap VsphereVolume
			AzureDisk PhotonPersistentDisk Projected PortworxVolume ScaleIO StorageOS CSI Ephemeral Image`)
	case reflect.TypeFor[corev1.PersistentVolumeSource]():
		return strings.Fields(`GCEPersistentDisk AWSElasticBlockStore HostPath Glusterfs NFS RBD Quobyte ISCSI FlexVolume Cinder
			CephFS FC Flocker AzureFile VsphereVolume AzureDisk PhotonPersistentDisk PortworxVolume ScaleIO Local StorageOS CSI`)
	}
	return nil
}

// ofHost are the members of a pod's specification that Kubernetes keeps with its security context, before the others there.
var ofHost = []string{"HostNetwork", "HostPID", "HostIPC", "ShareProcessNamespace", "HostUsers"}

func podSpec(v reflect.Value) members {
	m := ordered(v, order(v.Type()))
	for i := range m {
		if m[i].name != "SecurityContext" {
			continue
		}
		context := ordered(v, ofHost)
		rest := reflect.New(reflect.TypeFor[corev1.PodSecurityContext]()).Elem()
		if given := v.FieldByName("SecurityContext"); !given.IsNil() {
			rest = given.Elem()
		}
		m[i].value = append(context, ordered(rest, order(rest.Type()))...)
	}
	return m
}

func ordered(v reflect.Value, names []string) members {
	m := make(members, 0, len(names))
	for _, name := range names {
		m = append(m, member{name, shown(v.FieldByName(name))})
	}
	return m
}
