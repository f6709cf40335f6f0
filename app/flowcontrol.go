package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	flowcontrolv1 "k8s.io/api/flowcontrol/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"golang.org/x/sync/errgroup"

	"argosy.dev/client"
	"argosy.dev/kinds/flowcontrol/flowschema"
	"argosy.dev/kinds/flowcontrol/prioritylevelconfiguration"
)

// maintain makes and mends the schemas and levels that every cluster has. At the start, those of earlier versions are cleared away.
func (f *flowControl) maintain(ctx context.Context, starting bool) error {
	levels := keeping[*flowcontrolv1.PriorityLevelConfiguration]{f.levels, prioritylevelconfiguration.Mandatory(), prioritylevelconfiguration.Suggested(), mendLevel}
	schemas := keeping[*flowcontrolv1.FlowSchema]{f.schemas, flowschema.Mandatory(), flowschema.Suggested(), mendSchema}
	var group errgroup.Group // the writes share one sync of the disk
	levels.keep(ctx, &group)
	schemas.keep(ctx, &group)
	if starting {
		levels.clear(ctx, &group)
		schemas.clear(ctx, &group)
	}
	return group.Wait()
}

// keeping is what is kept of one kind. mend gives obj, a private copy, the spec that it should have, and tells whether that changed it.
type keeping[T client.Object] struct {
	resource             client.Resource[T]
	mandatory, suggested []T
	mend                 func(obj, wanted T) bool
}

func mendLevel(obj, wanted *flowcontrolv1.PriorityLevelConfiguration) bool {
	spec := wanted.Spec.DeepCopy()
	if obj.Spec.Exempt != nil && spec.Exempt != nil {
		spec.Exempt = obj.Spec.Exempt // how much the exempt level lends is the administrator's
	}
	changed := !equality.Semantic.DeepEqual(&obj.Spec, spec)
	obj.Spec = *spec
	return changed
}

func mendSchema(obj, wanted *flowcontrolv1.FlowSchema) bool {
	changed := !equality.Semantic.DeepEqual(obj.Spec, wanted.Spec)
	wanted.Spec.DeepCopyInto(&obj.Spec)
	return changed
}

func (k keeping[T]) keep(ctx context.Context, group *errgroup.Group) {
	for _, wanted := range k.mandatory {
		group.Go(func() error { return k.one(ctx, wanted, func(T) bool { return true }) })
	}
	for _, wanted := range k.suggested {
		group.Go(func() error { return k.one(ctx, wanted, updated[T]) })
	}
}

// updated tells whether an object that is only suggested is the server's to change: it says so itself, or nobody has changed it yet.
func updated[T client.Object](obj T) bool {
	said, ok := obj.GetAnnotations()[flowcontrolv1.AutoUpdateAnnotationKey]
	if !ok {
		return obj.GetGeneration() == 1
	}
	yes, err := strconv.ParseBool(said)
	return err == nil && yes
}

func (k keeping[T]) one(ctx context.Context, wanted T, ours func(obj T) bool) error {
	now, ok := k.resource.Get("", wanted.GetName())
	if !ok {
		_, err := k.resource.Create(ctx, wanted)
		return made("flow control object "+wanted.GetName(), err)
	}
	obj := now.DeepCopyObject().(T)
	mine := ours(now)
	changed := mine && k.mend(obj, wanted)
	// An administrator's own word stands, but for what is mandatory.
	said, has := obj.GetAnnotations()[flowcontrolv1.AutoUpdateAnnotationKey]
	if parsed, err := strconv.ParseBool(said); !has || mine && (err != nil || !parsed) {
		annotations := map[string]string{}
		for key, value := range obj.GetAnnotations() {
			annotations[key] = value
		}
		annotations[flowcontrolv1.AutoUpdateAnnotationKey] = strconv.FormatBool(mine)
		obj.SetAnnotations(annotations)
		changed = true
	}
	if !changed {
		return nil
	}
	if _, err := k.resource.Update(ctx, obj); err != nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
		return fmt.Errorf("mending the flow control object %s: %w", wanted.GetName(), err)
	}
	return nil
}

// clear deletes what an earlier version made and this one does not.
func (k keeping[T]) clear(ctx context.Context, group *errgroup.Group) {
	wanted := map[string]bool{}
	for _, list := range [][]T{k.mandatory, k.suggested} {
		for _, obj := range list {
			wanted[obj.GetName()] = true
		}
	}
	for _, obj := range k.resource.List("") {
		if said, err := strconv.ParseBool(obj.GetAnnotations()[flowcontrolv1.AutoUpdateAnnotationKey]); wanted[obj.GetName()] || err != nil || !said {
			continue
		}
		group.Go(func() error {
			uid, version := obj.GetUID(), obj.GetResourceVersion()
			err := k.resource.Delete(ctx, "", obj.GetName(), metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid, ResourceVersion: &version}})
			if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
				return fmt.Errorf("deleting the flow control object %s of an earlier version: %w", obj.GetName(), err)
			}
			return nil
		})
	}
}

// tell writes into each schema's status whether the level that it refers to exists.
func (f *flowControl) tell(ctx context.Context) error {
	var failed []error
	for _, s := range f.schemas.List("") {
		_, exists := f.levels.Get("", s.Spec.PriorityLevelConfiguration.Name)
		wanted := dangling(s, exists, time.Now())
		if wanted == nil {
			continue
		}
		patch, err := json.Marshal(map[string]any{
			"apiVersion": flowcontrolv1.SchemeGroupVersion.String(), "kind": "FlowSchema", "metadata": map[string]string{"name": s.Name},
			"status": flowcontrolv1.FlowSchemaStatus{Conditions: []flowcontrolv1.FlowSchemaCondition{*wanted}},
		})
		if err != nil {
			return fmt.Errorf("writing the status of the flow schema %s: %w", s.Name, err)
		}
		target := client.Target{Resource: flowcontrolv1.SchemeGroupVersion.WithResource("flowschemas"), Name: s.Name, Subresource: "status"}
		force := true
		_, err = f.cluster.Patch(ctx, target, types.ApplyPatchType, patch, metav1.PatchOptions{Force: &force})
		if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
			failed = append(failed, fmt.Errorf("writing the status of the flow schema %s: %w", s.Name, err))
		}
	}
	return errors.Join(failed...)
}

// dangling is the condition that a schema should have; nil where it has it.
func dangling(s *flowcontrolv1.FlowSchema, exists bool, now time.Time) *flowcontrolv1.FlowSchemaCondition {
	c := flowcontrolv1.FlowSchemaCondition{Type: flowcontrolv1.FlowSchemaConditionDangling, LastTransitionTime: metav1.NewTime(now)}
	about := fmt.Sprintf("This FlowSchema references the PriorityLevelConfiguration object named %q", s.Spec.PriorityLevelConfiguration.Name)
	if exists {
		c.Status, c.Reason, c.Message = flowcontrolv1.ConditionFalse, "Found", about+" and it exists"
	} else {
		c.Status, c.Reason, c.Message = flowcontrolv1.ConditionTrue, "NotFound", about+" but there is no such object"
	}
	for _, has := range s.Status.Conditions {
		if has.Type == c.Type && has.Status == c.Status && has.Reason == c.Reason && has.Message == c.Message {
			return nil
		}
	}
	return &c
}
