package resource

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/kinds"
)

// act carries out a subresource's action: its body is merged into the parent or has it deleted; the answer is a Status.
func (p *Pipeline) act(ctx context.Context, t Target, b Body, opts metav1.CreateOptions) (Result, error) {
	sub, ok := t.Resource.Kind.Subresource(t.Subresource)
	if !ok || sub.Merge == nil && sub.Delete == nil {
		return Result{}, apierrors.NewMethodNotSupported(t.Resource.Kind.GroupResource(), "create")
	}
	body, found, err := t.decodeSub(sub, b, opts.FieldValidation)
	if err != nil {
		return Result{}, err
	}
	if m, ok := body.(metav1.Object); ok {
		if err := t.matchNamespace(m); err != nil {
			return Result{Warnings: found}, err
		}
	}
	if sub.Check != nil {
		if err := sub.Check(t.Name, body); err != nil {
			return Result{Warnings: found}, err
		}
	}
	result, err := p.carryOutAction(ctx, t, sub, body, opts)
	done := Result{Warnings: append(found, result.Warnings...)}
	if err != nil {
		return done, err
	}
	done.Status, done.Created = &metav1.Status{Status: metav1.StatusSuccess, Code: 201}, true
	return done, nil
}

func (p *Pipeline) carryOutAction(ctx context.Context, t Target, sub *kinds.Subresource, body runtime.Object, opts metav1.CreateOptions) (Result, error) {
	if sub.Delete == nil {
		return p.modify(ctx, modification{
			target: t, sub: sub, operation: Create, body: body, options: &opts, manager: opts.FieldManager, dryRun: isDryRun(opts.DryRun),
			edit: func(parent kinds.Object) (kinds.Object, []string, error) { return parent, nil, sub.Merge(parent, body) },
		})
	}
	wanted, err := sub.Delete(t.Name, body)
	if err != nil {
		return Result{}, err
	}
	switch {
	case len(opts.DryRun) == 0:
	case len(wanted.DryRun) == 0:
		wanted.DryRun = opts.DryRun
	case !slices.Equal(wanted.DryRun, opts.DryRun):
		//lint:ignore ST1005 upstream's words
		return Result{}, fmt.Errorf("Non-matching dry-run options in request and content: %v and %v", opts.DryRun, wanted.DryRun)
	}
	return p.Delete(ctx, t, wanted)
}

// forward creates what a resource stands for: a subresource of the object that the body names.
func (p *Pipeline) forward(ctx context.Context, t Target, b Body, opts metav1.CreateOptions) (Result, error) {
	obj, found, err := t.decode(b, opts.FieldValidation)
	if err != nil {
		return Result{}, err
	}
	parent, sub, _ := strings.Cut(t.Resource.Kind.Forward, "/")
	r, ok := p.Lookup(schema.GroupVersionResource{Group: t.Resource.Kind.GVK.Group, Version: t.Version, Resource: parent})
	if !ok {
		return Result{Warnings: found}, apierrors.NewMethodNotSupported(t.Resource.Kind.GroupResource(), "create")
	}
	t.Resource, t.Name, t.Subresource = r, obj.GetName(), sub
	result, err := p.act(ctx, t, Body{Object: obj}, opts)
	result.Warnings = append(found, result.Warnings...)
	return result, err
}
