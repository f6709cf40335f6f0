package podtemplate

import (
	corev1 "k8s.io/api/core/v1"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

const (
	shortestToken = 10 * 60
	longestToken  = 1 << 32
)

// projection checks the sources of a projected volume, whose files must not overwrite each other.
type projection struct {
	errs  field.ErrorList
	paths map[string]bool
}

func validateProjected(v *corev1.ProjectedVolumeSource, at *field.Path) field.ErrorList {
	p := projection{errs: validateMode(v.DefaultMode, at.Child("defaultMode")), paths: map[string]bool{}}
	for i := range v.Sources {
		p.validate(&v.Sources[i], at.Child("sources").Index(i))
	}
	return p.errs
}

func (p *projection) validate(src *corev1.VolumeProjection, at *field.Path) {
	n := 0
	one := func(name string, check func(*field.Path)) {
		if n > 0 {
			p.errs = append(p.errs, field.Forbidden(at.Child(name), "may not specify more than 1 volume type"))
			return
		}
		n++
		check(at.Child(name))
	}
	if s := src.Secret; s != nil {
		one("secret", func(at *field.Path) { p.items(s.Name, s.Items, at) })
	}
	if s := src.ConfigMap; s != nil {
		one("configMap", func(at *field.Path) { p.items(s.Name, s.Items, at) })
	}
	if s := src.DownwardAPI; s != nil {
		one("downwardAPI", func(at *field.Path) {
			for i := range s.Items {
				p.errs = append(p.errs, validateDownwardItem(&s.Items[i], at)...)
				p.claim(s.Items[i].Path, s.Items[i].Path, at)
			}
		})
	}
	if s := src.ServiceAccountToken; s != nil {
		one("serviceAccountToken", func(at *field.Path) { p.token(s, at) })
	}
	if s := src.ClusterTrustBundle; s != nil {
		one("clusterTrustBundle", func(at *field.Path) { p.trustBundle(s, at) })
	}
	if s := src.PodCertificate; s != nil {
		one("podCertificate", func(at *field.Path) { p.certificate(s, at) })
	}
}

func (p *projection) items(name string, items []corev1.KeyToPath, at *field.Path) {
	p.errs = append(p.errs, required(at, "name", name)...)
	for i := range items {
		p.errs = append(p.errs, validateItem(&items[i], at.Child("items").Index(i))...)
		p.claim(items[i].Path, name, at)
	}
}

func (p *projection) claim(file, shown string, at *field.Path) {
	if file == "" {
		return
	}
	if p.paths[file] {
		p.errs = append(p.errs, field.Invalid(at, shown, "conflicting duplicate paths"))
	}
	p.paths[file] = true
}

func (p *projection) token(t *corev1.ServiceAccountTokenProjection, at *field.Path) {
	if s := t.ExpirationSeconds; s != nil && *s < shortestToken {
		p.errs = append(p.errs, field.Invalid(at.Child("expirationSeconds"), *s, "may not be less than 10 minutes"))
	} else if s != nil && *s > longestToken {
		p.errs = append(p.errs, field.Invalid(at.Child("expirationSeconds"), *s, "may not be larger than 2^32 seconds"))
	}
	p.file(t.Path, at.Child("path"))
}

func (p *projection) file(name string, at *field.Path) {
	if name == "" {
		p.errs = append(p.errs, field.Required(at, ""))
		return
	}
	p.errs = append(p.errs, validateFileName(name, at)...)
	if p.paths[name] {
		p.errs = append(p.errs, field.Invalid(at, name, "conflicting duplicate paths"))
	}
	p.paths[name] = true
}

// Bundles are found by their name, or by their signer and labels. (KEP-3257)
func (p *projection) trustBundle(b *corev1.ClusterTrustBundleProjection, at *field.Path) {
	switch {
	case b.Name != nil && b.SignerName != nil:
		p.errs = append(p.errs, field.Invalid(at, b, "only one of name and signerName may be used"))
	case b.Name != nil:
		p.errs = append(p.errs, required(at, "name", *b.Name)...)
		if *b.Name != "" {
			p.errs = append(p.errs, rules.Each(utilvalidation.IsDNS1123Subdomain(*b.Name), *b.Name, at.Child("name"))...)
		}
		if b.LabelSelector != nil {
			p.errs = append(p.errs, field.Invalid(at.Child("labelSelector"), b.LabelSelector, "labelSelector must be unset if name is specified"))
		}
	case b.SignerName != nil:
		p.errs = append(p.errs, required(at, "signerName", *b.SignerName)...)
	default:
		p.errs = append(p.errs, field.Required(at, "either name or signerName must be specified"))
	}
	p.file(b.Path, at.Child("path"))
}

// The node makes a key and gets a certificate for it. (KEP-4317)
func (p *projection) certificate(c *corev1.PodCertificateProjection, at *field.Path) {
	p.errs = append(p.errs, required(at, "signerName", c.SignerName)...)
	switch c.KeyType {
	case "RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519":
	default:
		p.errs = append(p.errs, field.NotSupported(at.Child("keyType"), c.KeyType, []string{"RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519"}))
	}
	const shortest, longest = 60 * 60, 91 * 24 * 60 * 60
	if s := c.MaxExpirationSeconds; s != nil && *s < shortest {
		p.errs = append(p.errs, field.Invalid(at.Child("maxExpirationSeconds"), *s, "if provided, maxExpirationSeconds must be >= 3600"))
	} else if s != nil && *s > longest {
		p.errs = append(p.errs, field.Invalid(at.Child("maxExpirationSeconds"), *s, "if provided, maxExpirationSeconds must be <= 7862400"))
	}
	files := 0
	for _, f := range []struct{ name, path string }{
		{"credentialBundlePath", c.CredentialBundlePath}, {"keyPath", c.KeyPath}, {"certificateChainPath", c.CertificateChainPath},
	} {
		if f.path != "" {
			files++
			p.file(f.path, at.Child(f.name))
		}
	}
	if files == 0 {
		p.errs = append(p.errs, field.Required(at, "specify at least one of credentialBundlePath, keyPath, and certificateChainPath"))
	}
}
