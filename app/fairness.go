package app

import (
	"context"
	"reflect"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	flowcontrolv1 "k8s.io/api/flowcontrol/v1"

	"argosy.dev/client"
	"argosy.dev/kinds/flowcontrol/flowschema"
	"argosy.dev/kinds/flowcontrol/prioritylevelconfiguration"
	"argosy.dev/server/fairness"
)

const (
	// serverSeats are how many requests are served at once: upstream's 400 that read and 200 that write.
	serverSeats = 600
	// queuePatience is a quarter of the time that a request has.
	queuePatience = 15 * time.Second
	// flowManager owns what the server writes of the objects' status.
	flowManager = "api-priority-and-fairness-config-consumer-v1"
	// maintainEvery is how often what the server keeps is looked after, should nothing have changed.
	maintainEvery = time.Minute
)

// openGate makes the objects that say who is served how, and puts them in force before the first request.
func (c *controlPlane) openGate(ctx context.Context) error {
	c.gate = fairness.New(queuePatience)
	f := c.flowControl()
	if err := f.maintain(ctx, true); err != nil {
		return err
	}
	c.gate.Configure(f.config())
	return nil
}

// keepFair puts changes of the objects in force, tells in their status what is wrong with them, and keeps those that must be.
func (c *controlPlane) keepFair(ctx context.Context) error {
	f := c.flowControl()
	changed := make(chan struct{}, 1)
	note := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return f.schemas.Follow(ctx, func(_, _ *flowcontrolv1.FlowSchema) { note() }) })
	group.Go(func() error {
		return f.levels.Follow(ctx, func(_, _ *flowcontrolv1.PriorityLevelConfiguration) { note() })
	})
	group.Go(func() error { c.gate.Run(ctx); return nil })
	group.Go(func() error {
		ticker := time.NewTicker(maintainEvery)
		defer ticker.Stop()
		inForce := f.config()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-changed:
			case <-ticker.C:
				if err := f.maintain(ctx, false); err != nil {
					c.log.Warn("the flow schemas and priority levels that every cluster has could not be kept", "error", err)
				}
			}
			if now := f.config(); !reflect.DeepEqual(now, inForce) {
				c.gate.Configure(now)
				inForce = now
			}
			if err := f.tell(ctx); err != nil && ctx.Err() == nil {
				c.log.Warn("the state of a flow schema could not be written", "error", err)
			}
		}
	})
	return group.Wait()
}

// flowControl is access to the objects of API priority and fairness.
type flowControl struct {
	cluster client.Cluster
	schemas client.Resource[*flowcontrolv1.FlowSchema]
	levels  client.Resource[*flowcontrolv1.PriorityLevelConfiguration]
}

func (c *controlPlane) flowControl() *flowControl {
	cluster := c.as(flowManager, "system:apiserver", "system:masters")
	return &flowControl{cluster: cluster, schemas: client.FlowSchemas(cluster), levels: client.PriorityLevelConfigurations(cluster)}
}

// config is what the objects say, in the gate's words.
func (f *flowControl) config() fairness.Config {
	c := fairness.Config{Seats: serverSeats}
	for _, l := range withMandatory(f.levels.List(""), prioritylevelconfiguration.Mandatory()) {
		c.Levels = append(c.Levels, levelOf(l))
	}
	for _, s := range withMandatory(f.schemas.List(""), flowschema.Mandatory()) {
		c.Schemas = append(c.Schemas, schemaOf(s))
	}
	return c
}

// withMandatory fills in what somebody deleted just now.
func withMandatory[T client.Object](list, mandatory []T) []T {
	for _, m := range mandatory {
		if !slices.ContainsFunc(list, func(obj T) bool { return obj.GetName() == m.GetName() }) {
			list = append(list, m)
		}
	}
	return list
}

func levelOf(l *flowcontrolv1.PriorityLevelConfiguration) fairness.Level {
	level := fairness.Level{Name: l.Name, UID: string(l.UID), Borrowing: fairness.Unbounded}
	if e := l.Spec.Exempt; l.Spec.Type == flowcontrolv1.PriorityLevelEnablementExempt {
		level.Exempt = true
		if e != nil {
			level.Shares, level.Lendable = number(e.NominalConcurrencyShares, 0), number(e.LendablePercent, 0)
		}
		return level
	}
	limited := l.Spec.Limited
	if limited == nil {
		return level
	}
	level.Shares = number(limited.NominalConcurrencyShares, prioritylevelconfiguration.DefaultShares)
	level.Lendable = number(limited.LendablePercent, 0)
	level.Borrowing = number(limited.BorrowingLimitPercent, fairness.Unbounded)
	if q := limited.LimitResponse.Queuing; q != nil && limited.LimitResponse.Type == flowcontrolv1.LimitResponseTypeQueue {
		level.Queues, level.Hand, level.QueueLength = int(q.Queues), int(q.HandSize), int(q.QueueLengthLimit)
	}
	return level
}

func number(n *int32, unset int) int {
	if n == nil {
		return unset
	}
	return int(*n)
}

func schemaOf(s *flowcontrolv1.FlowSchema) fairness.Schema {
	schema := fairness.Schema{Name: s.Name, UID: string(s.UID), Level: s.Spec.PriorityLevelConfiguration.Name, Precedence: int(s.Spec.MatchingPrecedence)}
	if m := s.Spec.DistinguisherMethod; m != nil {
		schema.Distinguisher = map[flowcontrolv1.FlowDistinguisherMethodType]fairness.Distinguisher{
			flowcontrolv1.FlowDistinguisherMethodByUserType: fairness.ByUser, flowcontrolv1.FlowDistinguisherMethodByNamespaceType: fairness.ByNamespace,
		}[m.Type]
	}
	for _, r := range s.Spec.Rules {
		rule := fairness.Rule{}
		for _, subject := range r.Subjects {
			rule.Subjects = append(rule.Subjects, subjectOf(subject))
		}
		for _, t := range r.ResourceRules {
			rule.Resources = append(rule.Resources, fairness.Resources{Verbs: t.Verbs, Groups: t.APIGroups, Names: t.Resources, Namespaces: t.Namespaces, Cluster: t.ClusterScope})
		}
		for _, t := range r.NonResourceRules {
			rule.Paths = append(rule.Paths, fairness.Paths{Verbs: t.Verbs, Paths: t.NonResourceURLs})
		}
		schema.Rules = append(schema.Rules, rule)
	}
	return schema
}

func subjectOf(s flowcontrolv1.Subject) fairness.Subject {
	switch {
	case s.User != nil:
		return fairness.Subject{User: s.User.Name}
	case s.Group != nil:
		return fairness.Subject{Group: s.Group.Name}
	case s.ServiceAccount != nil:
		return fairness.Subject{User: "system:serviceaccount:" + s.ServiceAccount.Namespace + ":" + s.ServiceAccount.Name}
	}
	return fairness.Subject{}
}
