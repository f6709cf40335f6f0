package podtemplate

import (
	"net"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// driverSources are the volume types of storage systems; most are carried out by CSI drivers nowadays. Some of the names
// differ from those in the API, as they do in Kubernetes' own messages.
func driverSources(v *corev1.Volume) []source {
	return []source{
		{"glusterfs", v.Glusterfs != nil, func(p *field.Path) field.ErrorList {
			return append(required(p, "endpoints", v.Glusterfs.EndpointsName), required(p, "path", v.Glusterfs.Path)...)
		}},
		{"flocker", v.Flocker != nil, func(p *field.Path) field.ErrorList { return validateFlocker(v.Flocker, p) }},
		{"persistentVolumeClaim", v.PersistentVolumeClaim != nil, func(p *field.Path) field.ErrorList {
			return required(p, "claimName", v.PersistentVolumeClaim.ClaimName)
		}},
		{"rbd", v.RBD != nil, func(p *field.Path) field.ErrorList {
			return append(requiredList(p, "monitors", v.RBD.CephMonitors), required(p, "image", v.RBD.RBDImage)...)
		}},
		{"cinder", v.Cinder != nil, func(p *field.Path) field.ErrorList {
			return append(required(p, "volumeID", v.Cinder.VolumeID), refNamed(v.Cinder.SecretRef, p)...)
		}},
		{"cephFS", v.CephFS != nil, func(p *field.Path) field.ErrorList { return requiredList(p, "monitors", v.CephFS.Monitors) }},
		{"quobyte", v.Quobyte != nil, func(p *field.Path) field.ErrorList { return validateQuobyte(v.Quobyte, p) }},
		{"downwarAPI", v.DownwardAPI != nil, func(p *field.Path) field.ErrorList {
			return append(validateMode(v.DownwardAPI.DefaultMode, p.Child("defaultMode")), validateDownwardItems(v.DownwardAPI.Items, p)...)
		}},
		{"fc", v.FC != nil, func(p *field.Path) field.ErrorList { return validateFC(v.FC, p) }},
		{"flexVolume", v.FlexVolume != nil, func(p *field.Path) field.ErrorList { return validateFlex(v.FlexVolume, p) }},
		{"configMap", v.ConfigMap != nil, func(p *field.Path) field.ErrorList {
			errs := required(p, "name", v.ConfigMap.Name)
			errs = append(errs, validateMode(v.ConfigMap.DefaultMode, p.Child("defaultMode"))...)
			return append(errs, validateItems(v.ConfigMap.Items, p.Child("items"))...)
		}},
		{"azureFile", v.AzureFile != nil, func(p *field.Path) field.ErrorList {
			return append(required(p, "secretName", v.AzureFile.SecretName), required(p, "shareName", v.AzureFile.ShareName)...)
		}},
		{"vsphereVolume", v.VsphereVolume != nil, func(p *field.Path) field.ErrorList { return required(p, "volumePath", v.VsphereVolume.VolumePath) }},
		{"photonPersistentDisk", v.PhotonPersistentDisk != nil, func(p *field.Path) field.ErrorList {
			return required(p, "pdID", v.PhotonPersistentDisk.PdID)
		}},
		{"portworxVolume", v.PortworxVolume != nil, func(p *field.Path) field.ErrorList { return required(p, "volumeID", v.PortworxVolume.VolumeID) }},
		{"azureDisk", v.AzureDisk != nil, func(p *field.Path) field.ErrorList { return validateAzureDisk(v.AzureDisk, p) }},
		{"storageos", v.StorageOS != nil, func(p *field.Path) field.ErrorList { return validateStorageOS(v.StorageOS, p) }},
	}
}

func requiredList(at *field.Path, name string, list []string) field.ErrorList {
	if len(list) == 0 {
		return field.ErrorList{field.Required(at.Child(name), "")}
	}
	return nil
}

func refNamed(ref *corev1.LocalObjectReference, at *field.Path) field.ErrorList {
	if ref != nil && ref.Name == "" {
		return field.ErrorList{field.Required(at.Child("secretRef", "name"), "")}
	}
	return nil
}

var (
	iqn = regexp.MustCompile(`^iqn\.\d{4}-\d{2}\.([[:alnum:]-.]+)(:[^,;*&$|\s]+)$`)
	eui = regexp.MustCompile(`^eui\.[[:alnum:]]{16}$`)
	naa = regexp.MustCompile(`^naa\.[[:alnum:]]{32}$`)
)

func validateISCSI(v *corev1.ISCSIVolumeSource, at *field.Path) field.ErrorList {
	errs := required(at, "targetPortal", v.TargetPortal)
	if v.IQN == "" {
		errs = append(errs, field.Required(at.Child("iqn"), ""))
	} else {
		errs = append(errs, validateISCSIName(v.IQN, at.Child("iqn"))...)
	}
	if v.Lun < 0 || v.Lun > 255 {
		errs = append(errs, field.Invalid(at.Child("lun"), v.Lun, utilvalidation.InclusiveRangeError(0, 255)))
	}
	if (v.DiscoveryCHAPAuth || v.SessionCHAPAuth) && v.SecretRef == nil {
		errs = append(errs, field.Required(at.Child("secretRef"), ""))
	}
	if v.InitiatorName != nil {
		errs = append(errs, validateISCSIName(*v.InitiatorName, at.Child("initiatorname"))...)
	}
	return errs
}

// The three forms of names that RFC 3720 and RFC 3980 define.
func validateISCSIName(name string, at *field.Path) field.ErrorList {
	var form *regexp.Regexp
	switch {
	case strings.HasPrefix(name, "iqn"):
		form = iqn
	case strings.HasPrefix(name, "eui"):
		form = eui
	case strings.HasPrefix(name, "naa"):
		form = naa
	default:
		return field.ErrorList{field.Invalid(at, name, "must be valid format starting with iqn, eui, or naa")}
	}
	if !form.MatchString(name) {
		return field.ErrorList{field.Invalid(at, name, "must be valid format")}
	}
	return nil
}

func validateFlocker(v *corev1.FlockerVolumeSource, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	switch {
	case v.DatasetName == "" && v.DatasetUUID == "":
		errs = append(errs, field.Required(at, "one of datasetName and datasetUUID is required"))
	case v.DatasetName != "" && v.DatasetUUID != "":
		errs = append(errs, field.Invalid(at, "resource", "datasetName and datasetUUID can not be specified simultaneously"))
	}
	if strings.Contains(v.DatasetName, "/") {
		errs = append(errs, field.Invalid(at.Child("datasetName"), v.DatasetName, "must not contain '/'"))
	}
	return errs
}

func validateQuobyte(v *corev1.QuobyteVolumeSource, at *field.Path) field.ErrorList {
	const pairs, longestTenant = "must be a host:port pair or multiple pairs separated by commas", 64
	var errs field.ErrorList
	switch {
	case v.Registry == "":
		errs = append(errs, field.Required(at.Child("registry"), pairs))
	case len(v.Tenant) > longestTenant:
		errs = append(errs, field.Required(at.Child("tenant"), "must be a UUID and may not exceed a length of 64 characters"))
	default:
		for pair := range strings.SplitSeq(v.Registry, ",") {
			if _, _, err := net.SplitHostPort(pair); err != nil {
				errs = append(errs, field.Invalid(at.Child("registry"), v.Registry, pairs))
				break // each shows the whole list
			}
		}
	}
	return append(errs, required(at, "volume", v.Volume)...)
}

func validateFC(v *corev1.FCVolumeSource, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	switch {
	case len(v.TargetWWNs) == 0 && len(v.WWIDs) == 0:
		errs = append(errs, field.Required(at.Child("targetWWNs"), "must specify either targetWWNs or wwids, but not both"))
	case len(v.TargetWWNs) != 0 && len(v.WWIDs) != 0:
		errs = append(errs, field.Invalid(at.Child("targetWWNs"), v.TargetWWNs, "targetWWNs and wwids can not be specified simultaneously"))
	}
	if len(v.TargetWWNs) == 0 {
		return errs
	}
	if v.Lun == nil {
		errs = append(errs, field.Required(at.Child("lun"), "lun is required if targetWWNs is specified"))
	} else if *v.Lun < 0 || *v.Lun > 255 {
		errs = append(errs, field.Invalid(at.Child("lun"), v.Lun, utilvalidation.InclusiveRangeError(0, 255)))
	}
	return errs
}

// Option names under Kubernetes' own domains are set by the node agent.
func validateFlex(v *corev1.FlexVolumeSource, at *field.Path) field.ErrorList {
	errs := required(at, "driver", v.Driver)
	for key := range v.Options {
		domain, _, _ := strings.Cut(key, "/")
		domain = "." + strings.ToLower(domain)
		if strings.HasSuffix(domain, ".kubernetes.io") || strings.HasSuffix(domain, ".k8s.io") {
			errs = append(errs, field.Invalid(at.Child("options").Key(key), key, "kubernetes.io and k8s.io namespaces are reserved"))
		}
	}
	return errs
}

func validateAzureDisk(v *corev1.AzureDiskVolumeSource, at *field.Path) field.ErrorList {
	errs := required(at, "diskName", v.DiskName)
	errs = append(errs, required(at, "diskURI", v.DataDiskURI)...)
	if v.CachingMode != nil {
		errs = append(errs, rules.In(*v.CachingMode, at.Child("cachingMode"),
			corev1.AzureDataDiskCachingNone, corev1.AzureDataDiskCachingReadOnly, corev1.AzureDataDiskCachingReadWrite)...)
	}
	if v.Kind == nil {
		return errs
	}
	errs = append(errs, rules.In(*v.Kind, at.Child("kind"), corev1.AzureDedicatedBlobDisk, corev1.AzureManagedDisk, corev1.AzureSharedBlobDisk)...)
	prefix, form := "https://", "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"
	if *v.Kind == corev1.AzureManagedDisk {
		prefix, form = "/subscriptions/", "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
	}
	if v.DataDiskURI != "" && !strings.HasPrefix(v.DataDiskURI, prefix) {
		errs = append(errs, field.NotSupported(at.Child("diskURI"), v.DataDiskURI, []string{form}))
	}
	return errs
}

func validateStorageOS(v *corev1.StorageOSVolumeSource, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	if v.VolumeName == "" {
		errs = append(errs, field.Required(at.Child("volumeName"), ""))
	} else {
		errs = append(errs, rules.Each(utilvalidation.IsDNS1123Label(v.VolumeName), v.VolumeName, at.Child("volumeName"))...)
	}
	if v.VolumeNamespace != "" {
		errs = append(errs, rules.Each(utilvalidation.IsDNS1123Label(v.VolumeNamespace), v.VolumeNamespace, at.Child("volumeNamespace"))...)
	}
	return append(errs, refNamed(v.SecretRef, at)...)
}
