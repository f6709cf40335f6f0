package certificatesigningrequest

import (
	certificatesv1 "k8s.io/api/certificates/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
	"argosy.dev/kinds/rules"
)

// Kind describes requests for certificates.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        certificatesv1.SchemeGroupVersion.WithKind("CertificateSigningRequest"),
		Resource:   "certificatesigningrequests",
		Singular:   "certificatesigningrequest",
		ShortNames: []string{"csr"},
		New:        func() kinds.Object { return &certificatesv1.CertificateSigningRequest{} },
		NewList:    func() runtime.Object { return &certificatesv1.CertificateSigningRequestList{} },

		PrepareCreate:  kinds.Do(prepareCreate),
		PrepareUpdate:  kinds.DoWith(prepareUpdate),
		Requester:      requester,
		FixedSpec:      true,
		Name:           rules.PathSegment,
		Validate:       kinds.Ask(validate),
		ValidateUpdate: kinds.AskWith(validateUpdate),

		AllowUnconditionalUpdate: true,

		Fields: map[string]func(kinds.Object) string{
			"spec.signerName": kinds.Ask(func(r *certificatesv1.CertificateSigningRequest) string { return r.Spec.SignerName }),
		},
		Columns:      columns(),
		Subresources: []kinds.Subresource{approval(), status()},
	}
}
