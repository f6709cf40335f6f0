package prioritylevelconfiguration

import flowcontrolv1 "k8s.io/api/flowcontrol/v1"

// DefaultShares is the weight of a level that does not say its own.
const DefaultShares = 30

func setDefaults(l *flowcontrolv1.PriorityLevelConfiguration) {
	if e := l.Spec.Exempt; e != nil {
		e.NominalConcurrencyShares = orElse(e.NominalConcurrencyShares, 0)
		e.LendablePercent = orElse(e.LendablePercent, 0)
	} else if l.Spec.Type == flowcontrolv1.PriorityLevelEnablementExempt {
		l.Spec.Exempt = &flowcontrolv1.ExemptPriorityLevelConfiguration{NominalConcurrencyShares: new(int32(0)), LendablePercent: new(int32(0))}
	}
	limited := l.Spec.Limited
	if limited == nil {
		return
	}
	limited.NominalConcurrencyShares = orElse(limited.NominalConcurrencyShares, DefaultShares)
	limited.LendablePercent = orElse(limited.LendablePercent, 0)
	if q := limited.LimitResponse.Queuing; q != nil {
		for _, f := range []struct {
			field    *int32
			fallback int32
		}{{&q.Queues, 64}, {&q.HandSize, 8}, {&q.QueueLengthLimit, 50}} {
			if *f.field == 0 {
				*f.field = f.fallback
			}
		}
	}
}

func orElse(n *int32, fallback int32) *int32 {
	if n == nil {
		return &fallback
	}
	return n
}
