package podtemplate

import (
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/core/claim"
	"argosy.dev/kinds/rules"
)

const modeRange = "must be a number between 0 and 0777 (octal), both inclusive"

func (s *scope) firstSources(v *corev1.Volume) []source {
	return []source{
		{"emptyDir", v.EmptyDir != nil, func(p *field.Path) field.ErrorList { return validateEmptyDir(v.EmptyDir, p) }},
		{"hostPath", v.HostPath != nil, func(p *field.Path) field.ErrorList { return validateHostPath(v.HostPath, p) }},
		{"gitRepo", v.GitRepo != nil, func(p *field.Path) field.ErrorList { return validateGitRepo(v.GitRepo, p) }},
		{"gcePersistentDisk", v.GCEPersistentDisk != nil, func(p *field.Path) field.ErrorList {
			return validateDisk("pdName", v.GCEPersistentDisk.PDName, v.GCEPersistentDisk.Partition, p)
		}},
		{"awsElasticBlockStore", v.AWSElasticBlockStore != nil, func(p *field.Path) field.ErrorList {
			return validateDisk("volumeID", v.AWSElasticBlockStore.VolumeID, v.AWSElasticBlockStore.Partition, p)
		}},
		{"secret", v.Secret != nil, func(p *field.Path) field.ErrorList {
			errs := required(p, "secretName", v.Secret.SecretName)
			errs = append(errs, validateMode(v.Secret.DefaultMode, p.Child("defaultMode"))...)
			return append(errs, validateItems(v.Secret.Items, p.Child("items"))...)
		}},
		{"nfs", v.NFS != nil, func(p *field.Path) field.ErrorList { return validateNFS(v.NFS, p) }},
		{"iscsi", v.ISCSI != nil, func(p *field.Path) field.ErrorList { return validateISCSI(v.ISCSI, p) }},
	}
}

func (s *scope) laterSources(v *corev1.Volume) []source {
	return []source{
		{"projected", v.Projected != nil, func(p *field.Path) field.ErrorList { return validateProjected(v.Projected, p) }},
		{"scaleIO", v.ScaleIO != nil, func(p *field.Path) field.ErrorList {
			errs := required(p, "gateway", v.ScaleIO.Gateway)
			errs = append(errs, required(p, "system", v.ScaleIO.System)...)
			return append(errs, required(p, "volumeName", v.ScaleIO.VolumeName)...)
		}},
		{"csi", v.CSI != nil, func(p *field.Path) field.ErrorList { return validateCSI(v.CSI, p) }},
		{"ephemeral", v.Ephemeral != nil, func(p *field.Path) field.ErrorList { return validateEphemeralVolume(v.Ephemeral, p) }},
		{"image", v.Image != nil, func(p *field.Path) field.ErrorList {
			var errs field.ErrorList
			if s.pod != nil {
				errs = required(p, "reference", v.Image.Reference)
			}
			return append(errs, rules.OneOf(v.Image.PullPolicy, p.Child("pullPolicy"), corev1.PullAlways, corev1.PullIfNotPresent, corev1.PullNever)...)
		}},
	}
}

func required(at *field.Path, name, value string) field.ErrorList {
	if value == "" {
		return field.ErrorList{field.Required(at.Child(name), "")}
	}
	return nil
}

func validateMode(mode *int32, at *field.Path) field.ErrorList {
	if mode != nil && (*mode < 0 || *mode > 0o777) {
		return field.ErrorList{field.Invalid(at, *mode, modeRange)}
	}
	return nil
}

func validateItems(items []corev1.KeyToPath, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range items {
		errs = append(errs, validateItem(&items[i], at.Index(i))...)
	}
	return errs
}

func validateItem(item *corev1.KeyToPath, at *field.Path) field.ErrorList {
	errs := required(at, "key", item.Key)
	errs = append(errs, required(at, "path", item.Path)...)
	errs = append(errs, validateFileName(item.Path, at.Child("path"))...)
	return append(errs, validateMode(item.Mode, at.Child("mode"))...)
}

func validateEmptyDir(v *corev1.EmptyDirVolumeSource, at *field.Path) field.ErrorList {
	if v.SizeLimit != nil && v.SizeLimit.Sign() < 0 {
		return field.ErrorList{field.Forbidden(at.Child("sizeLimit"), "SizeLimit field must be a valid resource quantity")}
	}
	return nil
}

func validateHostPath(v *corev1.HostPathVolumeSource, at *field.Path) field.ErrorList {
	if v.Path == "" {
		return field.ErrorList{field.Required(at.Child("path"), "")}
	}
	errs := ValidateNoBackstep(v.Path, at.Child("path"))
	if v.Type != nil {
		errs = append(errs, rules.In(*v.Type, at.Child("type"),
			corev1.HostPathUnset, corev1.HostPathBlockDev, corev1.HostPathCharDev, corev1.HostPathDirectory,
			corev1.HostPathDirectoryOrCreate, corev1.HostPathFile, corev1.HostPathFileOrCreate, corev1.HostPathSocket)...)
	}
	return errs
}

func validateGitRepo(v *corev1.GitRepoVolumeSource, at *field.Path) field.ErrorList {
	errs := required(at, "repository", v.Repository)
	return append(errs, validateFileName(v.Directory, at.Child("directory"))...)
}

func validateDisk(name, id string, partition int32, at *field.Path) field.ErrorList {
	errs := required(at, name, id)
	if partition < 0 || partition > 255 {
		errs = append(errs, field.Invalid(at.Child("partition"), partition, utilvalidation.InclusiveRangeError(1, 255)))
	}
	return errs
}

func validateNFS(v *corev1.NFSVolumeSource, at *field.Path) field.ErrorList {
	errs := required(at, "server", v.Server)
	errs = append(errs, required(at, "path", v.Path)...)
	if !path.IsAbs(v.Path) {
		errs = append(errs, field.Invalid(at.Child("path"), v.Path, "must be an absolute path"))
	}
	return errs
}

func validateCSI(v *corev1.CSIVolumeSource, at *field.Path) field.ErrorList {
	const longest = 63
	var errs field.ErrorList
	switch {
	case v.Driver == "":
		errs = append(errs, field.Required(at.Child("driver"), ""))
	case len(v.Driver) > longest:
		errs = append(errs, field.TooLong(at.Child("driver"), v.Driver, longest))
	}
	if v.Driver != "" {
		errs = append(errs, rules.Each(utilvalidation.IsDNS1123Subdomain(strings.ToLower(v.Driver)), v.Driver, at.Child("driver"))...)
	}
	if ref := v.NodePublishSecretRef; ref != nil {
		errs = append(errs, objectName(ref.Name, at.Child("nodePublishSecretRef", "name"))...)
	}
	return errs
}

func objectName(name string, at *field.Path) field.ErrorList {
	if name == "" {
		return field.ErrorList{field.Required(at, "")}
	}
	return rules.Each(utilvalidation.IsDNS1123Subdomain(name), name, at)
}

func validateEphemeralVolume(v *corev1.EphemeralVolumeSource, at *field.Path) field.ErrorList {
	if v.VolumeClaimTemplate == nil {
		return field.ErrorList{field.Required(at.Child("volumeClaimTemplate"), "")}
	}
	return claim.ValidateTemplate(v.VolumeClaimTemplate, at.Child("volumeClaimTemplate"))
}

func validateDownwardItems(items []corev1.DownwardAPIVolumeFile, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range items {
		errs = append(errs, validateDownwardItem(&items[i], at)...)
	}
	return errs
}

func validateDownwardItem(item *corev1.DownwardAPIVolumeFile, at *field.Path) field.ErrorList {
	errs := required(at, "path", item.Path)
	errs = append(errs, validateFileName(item.Path, at.Child("path"))...)
	switch {
	case item.FieldRef != nil:
		errs = append(errs, validateFieldRef(item.FieldRef, volumeFields, at.Child("fieldRef"))...)
		if item.ResourceFieldRef != nil {
			errs = append(errs, field.Invalid(at, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"))
		}
	case item.ResourceFieldRef != nil:
		errs = append(errs, validateResourceFieldRef(item.ResourceFieldRef, true, at.Child("resourceFieldRef"))...)
	default:
		errs = append(errs, field.Required(at, "one of fieldRef and resourceFieldRef is required"))
	}
	return append(errs, validateMode(item.Mode, at.Child("mode"))...)
}
