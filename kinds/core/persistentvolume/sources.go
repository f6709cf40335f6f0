package persistentvolume

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/core/podtemplate"
	"argosy.dev/kinds/rules"
	"argosy.dev/kinds/storage/parameters"
)

// source is one of the many types that a volume can have.
type source struct {
	name  string
	set   bool
	check func(path *field.Path) field.ErrorList
}

// like makes a source that pods have too, whose rules are the same. name is the one under which its mistakes are told.
func like(name string, set bool, v func() corev1.VolumeSource) source {
	return source{name, set, func(path *field.Path) field.ErrorList {
		s := v()
		return podtemplate.ValidateSource(&s, path)
	}}
}

func sources(spec *corev1.PersistentVolumeSpec) []source {
	s := &spec.PersistentVolumeSource
	return []source{
		like("hostPath", s.HostPath != nil, func() corev1.VolumeSource { return corev1.VolumeSource{HostPath: s.HostPath} }),
		like("gcePersistentDisk", s.GCEPersistentDisk != nil, func() corev1.VolumeSource { return corev1.VolumeSource{GCEPersistentDisk: s.GCEPersistentDisk} }),
		like("awsElasticBlockStore", s.AWSElasticBlockStore != nil, func() corev1.VolumeSource {
			return corev1.VolumeSource{AWSElasticBlockStore: s.AWSElasticBlockStore}
		}),
		like("glusterfs", s.Glusterfs != nil, func() corev1.VolumeSource {
			return corev1.VolumeSource{Glusterfs: &corev1.GlusterfsVolumeSource{EndpointsName: s.Glusterfs.EndpointsName, Path: s.Glusterfs.Path}}
		}),
		like("flocker", s.Flocker != nil, func() corev1.VolumeSource { return corev1.VolumeSource{Flocker: s.Flocker} }),
		like("nfs", s.NFS != nil, func() corev1.VolumeSource { return corev1.VolumeSource{NFS: s.NFS} }),
		like("rbd", s.RBD != nil, func() corev1.VolumeSource {
			return corev1.VolumeSource{RBD: &corev1.RBDVolumeSource{CephMonitors: s.RBD.CephMonitors, RBDImage: s.RBD.RBDImage}}
		}),
		like("quobyte", s.Quobyte != nil, func() corev1.VolumeSource { return corev1.VolumeSource{Quobyte: s.Quobyte} }),
		like("cephFS", s.CephFS != nil, func() corev1.VolumeSource {
			return corev1.VolumeSource{CephFS: &corev1.CephFSVolumeSource{Monitors: s.CephFS.Monitors}}
		}),
		{"iscsi", s.ISCSI != nil, func(p *field.Path) field.ErrorList { return validateISCSI(s.ISCSI, p) }},
		{"cinder", s.Cinder != nil, func(p *field.Path) field.ErrorList { return validateCinder(s.Cinder, p.Child("cinder")) }},
		like("fc", s.FC != nil, func() corev1.VolumeSource { return corev1.VolumeSource{FC: s.FC} }),
		like("flexVolume", s.FlexVolume != nil, func() corev1.VolumeSource {
			return corev1.VolumeSource{FlexVolume: &corev1.FlexVolumeSource{Driver: s.FlexVolume.Driver, Options: s.FlexVolume.Options}}
		}),
		{"azureFile", s.AzureFile != nil, func(p *field.Path) field.ErrorList { return validateAzureFile(s.AzureFile, p) }},
		like("vsphereVolume", s.VsphereVolume != nil, func() corev1.VolumeSource { return corev1.VolumeSource{VsphereVolume: s.VsphereVolume} }),
		like("photonPersistentDisk", s.PhotonPersistentDisk != nil, func() corev1.VolumeSource {
			return corev1.VolumeSource{PhotonPersistentDisk: s.PhotonPersistentDisk}
		}),
		like("portworxVolume", s.PortworxVolume != nil, func() corev1.VolumeSource { return corev1.VolumeSource{PortworxVolume: s.PortworxVolume} }),
		like("azureDisk", s.AzureDisk != nil, func() corev1.VolumeSource { return corev1.VolumeSource{AzureDisk: s.AzureDisk} }),
		like("scaleIO", s.ScaleIO != nil, func() corev1.VolumeSource {
			return corev1.VolumeSource{ScaleIO: &corev1.ScaleIOVolumeSource{Gateway: s.ScaleIO.Gateway, System: s.ScaleIO.System, VolumeName: s.ScaleIO.VolumeName}}
		}),
		{"local", s.Local != nil, func(p *field.Path) field.ErrorList { return validateLocal(spec, p) }},
		{"storageos", s.StorageOS != nil, func(p *field.Path) field.ErrorList { return validateStorageOS(s.StorageOS, p) }},
		{"csi", s.CSI != nil, func(p *field.Path) field.ErrorList { return validateCSI(s.CSI, p.Child("csi")) }},
	}
}

func iscsi(s *corev1.ISCSIPersistentVolumeSource) *corev1.ISCSIVolumeSource {
	same := &corev1.ISCSIVolumeSource{
		TargetPortal: s.TargetPortal, IQN: s.IQN, Lun: s.Lun, InitiatorName: s.InitiatorName,
		DiscoveryCHAPAuth: s.DiscoveryCHAPAuth, SessionCHAPAuth: s.SessionCHAPAuth,
	}
	if s.SecretRef != nil {
		same.SecretRef = &corev1.LocalObjectReference{Name: s.SecretRef.Name}
	}
	return same
}

// Of a name in no known form upstream says less here than in a pod.
func validateISCSI(s *corev1.ISCSIPersistentVolumeSource, path *field.Path) field.ErrorList {
	errs := podtemplate.ValidateSource(&corev1.VolumeSource{ISCSI: iscsi(s)}, path)
	for _, e := range errs {
		if e.Detail == "must be valid format starting with iqn, eui, or naa" {
			e.Detail = "must be valid format"
		}
	}
	return errs
}

func required(path *field.Path, name, value string) field.ErrorList {
	if value == "" {
		return field.ErrorList{field.Required(path.Child(name), "")}
	}
	return nil
}

// validateSecret checks the reference to a secret that is in a namespace, for the volume itself is in none.
func validateSecret(ref *corev1.SecretReference, path *field.Path) field.ErrorList {
	if ref == nil {
		return nil
	}
	errs := required(path, "name", ref.Name)
	if ref.Namespace == "" {
		return append(errs, field.Required(path.Child("namespace"), ""))
	}
	return append(errs, rules.Each(validation.IsDNS1123Label(ref.Namespace), ref.Namespace, path.Child("namespace"))...)
}

func validateCinder(v *corev1.CinderPersistentVolumeSource, path *field.Path) field.ErrorList {
	errs := required(path, "volumeID", v.VolumeID)
	return append(errs, validateSecret(v.SecretRef, path.Child("secretRef"))...)
}

func validateAzureFile(v *corev1.AzureFilePersistentVolumeSource, path *field.Path) field.ErrorList {
	errs := podtemplate.ValidateSource(&corev1.VolumeSource{AzureFile: &corev1.AzureFileVolumeSource{SecretName: v.SecretName, ShareName: v.ShareName}}, path)
	if v.SecretNamespace != nil {
		errs = append(errs, required(path.Child("azureFile"), "secretNamespace", *v.SecretNamespace)...)
	}
	return errs
}

func validateStorageOS(v *corev1.StorageOSPersistentVolumeSource, path *field.Path) field.ErrorList {
	errs := podtemplate.ValidateSource(&corev1.VolumeSource{StorageOS: &corev1.StorageOSVolumeSource{VolumeName: v.VolumeName, VolumeNamespace: v.VolumeNamespace}}, path)
	if ref := v.SecretRef; ref != nil {
		at := path.Child("storageos", "secretRef")
		errs = append(errs, required(at, "name", ref.Name)...)
		errs = append(errs, required(at, "namespace", ref.Namespace)...)
	}
	return errs
}

// A local volume is on one node, which the scheduler must know.
func validateLocal(spec *corev1.PersistentVolumeSpec, path *field.Path) field.ErrorList {
	at := path.Child("local", "path")
	var errs field.ErrorList
	if spec.Local.Path == "" {
		errs = append(errs, field.Required(at, ""))
	} else {
		errs = append(errs, podtemplate.ValidateNoBackstep(spec.Local.Path, at)...)
	}
	if spec.NodeAffinity == nil {
		errs = append(errs, field.Required(path.Child("nodeAffinity"), "Local volume requires node affinity"))
	}
	return errs
}

func validateCSI(v *corev1.CSIPersistentVolumeSource, path *field.Path) field.ErrorList {
	errs := parameters.ValidateDriver(v.Driver, path.Child("driver"))
	errs = append(errs, required(path, "volumeHandle", v.VolumeHandle)...)
	for _, ref := range []struct {
		name string
		ref  *corev1.SecretReference
	}{
		{"controllerPublishSecretRef", v.ControllerPublishSecretRef},
		{"controllerExpandSecretRef", v.ControllerExpandSecretRef},
		{"nodePublishSecretRef", v.NodePublishSecretRef},
		{"nodeExpandSecretRef", v.NodeExpandSecretRef},
	} {
		errs = append(errs, validateSecret(ref.ref, path.Child(ref.name))...)
		if ref.ref != nil && ref.ref.Name != "" {
			errs = append(errs, rules.Each(validation.IsDNS1123Subdomain(ref.ref.Name), ref.ref.Name, path.Child(ref.name, "name"))...)
		}
	}
	return errs
}

func validateClassName(name string, path *field.Path) field.ErrorList {
	return rules.Each(validation.IsDNS1123Subdomain(name), name, path)
}
