package admission

import (
	"context"

	"argosy.dev/admission/adminaccess"
	"argosy.dev/admission/certificatesubject"
	"argosy.dev/admission/escalation"
	"argosy.dev/admission/eviction"
	"argosy.dev/admission/ingressclass"
	"argosy.dev/admission/lifecycle"
	"argosy.dev/admission/limitrange"
	"argosy.dev/admission/noderestriction"
	"argosy.dev/admission/nodetaint"
	"argosy.dev/admission/podsecurity"
	"argosy.dev/admission/priority"
	"argosy.dev/admission/quota"
	"argosy.dev/admission/runtimeclass"
	"argosy.dev/admission/serviceaccount"
	"argosy.dev/admission/serviceaddress"
	"argosy.dev/admission/storageclass"
	"argosy.dev/admission/storageprotection"
	"argosy.dev/admission/tolerations"
	"argosy.dev/admission/volumeresize"
	"argosy.dev/resource"
)

// Plugin is one rule about writes. Either half may be nil.
type Plugin struct {
	Name     string
	Mutate   func(ctx context.Context, a *resource.Attempt) error
	Validate func(ctx context.Context, a *resource.Attempt) error
}

// Reader is how plugins look at the cluster: the newest state, including every write that was answered. Objects must not be changed. Usage
// of quotas and of disruption budgets is also written.
type Reader interface {
	adminaccess.Reader
	lifecycle.Reader
	limitrange.Reader
	serviceaccount.Reader
	priority.Reader
	serviceaddress.Reader
	podsecurity.Reader
	quota.Books
	eviction.Budgets
	runtimeclass.Reader
	storageclass.Reader
	ingressclass.Reader
	volumeresize.Reader
	noderestriction.Reader
}

// Order lists the plugins in the order in which they see a write. rights tell who may give which; with nil, whoever may write roles and
// bindings may write any.
func Order(r Reader, rights escalation.Rights) Chain {
	grants := Plugin{Name: "PrivilegeEscalation"}
	if rights != nil {
		grants.Validate = escalation.Plugin{Rights: rights}.Validate
	}
	return Chain{
		{Name: "NamespaceLifecycle", Validate: lifecycle.Plugin{Reader: r}.Validate, Mutate: lifecycle.Plugin{Reader: r}.Validate},
		// Upstream checks this with the object itself, before any plugin.
		{Name: "DeviceAdminAccess", Validate: adminaccess.Plugin{Reader: r}.Validate},
		{Name: "LimitRanger", Mutate: limitrange.Plugin{Reader: r}.Mutate, Validate: limitrange.Plugin{Reader: r}.Validate},
		{Name: "NodeRestriction", Validate: noderestriction.Plugin{Reader: r}.Validate},
		{Name: "TaintNodesByCondition", Mutate: nodetaint.Mutate},
		{Name: "ServiceAccount", Mutate: serviceaccount.Plugin{Reader: r}.Mutate},
		{Name: "PodSecurity", Validate: podsecurity.New(r).Validate},
		{Name: "Priority", Mutate: priority.Plugin{Reader: r}.Mutate, Validate: priority.Plugin{Reader: r}.Validate},
		{Name: "DefaultTolerationSeconds", Mutate: tolerations.Mutate},
		{Name: "DefaultStorageClass", Mutate: storageclass.Plugin{Reader: r}.Mutate},
		{Name: "StorageObjectInUseProtection", Mutate: storageprotection.Mutate},
		{Name: "PersistentVolumeClaimResize", Validate: volumeresize.Plugin{Reader: r}.Validate},
		{Name: "RuntimeClass", Mutate: runtimeclass.Plugin{Reader: r}.Mutate, Validate: runtimeclass.Plugin{Reader: r}.Validate},
		{Name: "CertificateSubjectRestriction", Validate: certificatesubject.Validate},
		{Name: "DefaultIngressClass", Mutate: ingressclass.Plugin{Reader: r}.Mutate},
		// Numbers are given to what all others have had their say about.
		{Name: "ServiceAddress", Mutate: serviceaddress.New(r, serviceaddress.Default()).Mutate},
		grants,
		// Nothing is booked for a write that somebody else refuses.
		{Name: "ResourceQuota", Validate: quota.New(r).Validate},
		{Name: "Eviction", Validate: eviction.Plugin{Budgets: r}.Validate},
	}
}

// Chain asks plugins one after the other; the first refusal ends it.
type Chain []Plugin

// Mutate lets each plugin change the object.
func (c Chain) Mutate(ctx context.Context, a *resource.Attempt) error {
	for _, p := range c {
		if p.Mutate == nil {
			continue
		}
		if err := p.Mutate(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// Validate lets each plugin refuse.
func (c Chain) Validate(ctx context.Context, a *resource.Attempt) error {
	for _, p := range c {
		if p.Validate == nil {
			continue
		}
		if err := p.Validate(ctx, a); err != nil {
			return err
		}
	}
	return nil
}
