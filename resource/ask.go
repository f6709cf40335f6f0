package resource

import (
	"context"
	"fmt"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/kinds"
)

// Answer answers a question that was asked by creating it: a kind or a subresource that is Answered. question is valid, and the answer's
// own to complete or to replace. Who asks is in the context. Errors are API errors.
type Answer func(ctx context.Context, t Target, question kinds.Object) (runtime.Object, error)

// ask takes a question through the steps of a create, as far as they make sense for what is not kept, and has it answered. A dry run asks
// as well: to answer changes nothing.
func (p *Pipeline) ask(ctx context.Context, t Target, sub *kinds.Subresource, b Body, opts metav1.CreateOptions) (Result, error) {
	who := t.Resource.Kind.GroupResource().String()
	if sub != nil {
		who += "/" + sub.Name
	}
	answer := p.answers[who]
	if answer == nil {
		return Result{}, apierrors.NewGenericServerResponse(http.StatusNotImplemented, "create", t.Resource.Kind.GroupResource(), t.Name,
			"this server cannot answer "+who+": the part that does is not running here", 0, true)
	}
	question, found, err := t.decodeQuestion(sub, b, opts.FieldValidation)
	if err != nil {
		return Result{}, err
	}
	w := warnings{texts: found}
	if err := t.matchNamespace(question); err != nil {
		return Result{Warnings: w.texts}, err
	}
	wipeSystem(question)
	if err := p.own(t, sub, nil, question, opts.FieldManager); err != nil {
		return Result{Warnings: w.texts}, err
	}
	attempt := &Attempt{Target: t, Operation: Create, Object: question, DryRun: isDryRun(opts.DryRun), Options: &opts, Warn: func(s string) { w.add(s) }}
	if sub != nil {
		attempt.Body = question
	}
	obj, err := p.reply(ctx, attempt, sub, answer)
	return Result{Object: obj, Created: err == nil, Warnings: w.texts}, err
}

func (p *Pipeline) reply(ctx context.Context, a *Attempt, sub *kinds.Subresource, answer Answer) (runtime.Object, error) {
	if err := p.admission.Mutate(ctx, a); err != nil {
		return nil, err
	}
	if k := a.Resource.Kind; sub == nil && k.Validate != nil {
		if errs := k.Validate(a.Object); len(errs) > 0 {
			// Upstream leaves the kind and the name out.
			return nil, invalid(schema.GroupKind{Group: k.GVK.Group}, "", errs)
		}
	}
	if err := p.admission.Validate(ctx, a); err != nil {
		return nil, err
	}
	return answer(ctx, a.Target, a.Object)
}

func (t Target) decodeQuestion(sub *kinds.Subresource, b Body, validation string) (kinds.Object, []string, error) {
	if sub == nil {
		return t.decode(b, validation)
	}
	body, found, err := t.decodeSub(sub, b, validation)
	if err != nil {
		return nil, nil, err
	}
	question, ok := body.(kinds.Object)
	if !ok {
		return nil, nil, apierrors.NewBadRequest(fmt.Sprintf("%T cannot be handled as a %s", body, sub.GVK.Kind))
	}
	if sub.Default != nil {
		sub.Default(question)
	}
	return question, found, nil
}
