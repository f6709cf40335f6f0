package certificatesigningrequest

import (
	certificatesv1 "k8s.io/api/certificates/v1"

	"argosy.dev/base/identity"
	"argosy.dev/kinds"
)

func prepareCreate(r *certificatesv1.CertificateSigningRequest) {
	r.Spec.Username, r.Spec.UID, r.Spec.Groups, r.Spec.Extra = "", "", nil, nil
	r.Status = certificatesv1.CertificateSigningRequestStatus{}
}

func prepareUpdate(r, old *certificatesv1.CertificateSigningRequest) {
	r.Spec, r.Status = old.Spec, old.Status
}

// requester notes who asks: a signer goes by that.
func requester(obj kinds.Object, user *identity.User) {
	s := &obj.(*certificatesv1.CertificateSigningRequest).Spec
	s.Username, s.UID, s.Groups = user.Name, user.UID, user.Groups
	if len(user.Extra) == 0 {
		return
	}
	s.Extra = make(map[string]certificatesv1.ExtraValue, len(user.Extra))
	for key, values := range user.Extra {
		s.Extra[key] = values
	}
}
