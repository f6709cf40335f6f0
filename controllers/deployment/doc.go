// Package deployment rolls out the template of each Deployment through ReplicaSets: a new set grows as the old ones shrink,
// within the strategy's bounds.
//
// Reads: Deployments, the ReplicaSets that they own, and, for the strategy Recreate, those sets' Pods. Writes: ReplicaSets
// (create, resize, annotate, adopt and release, delete what the history limit leaves over), the Deployment's status and its
// revision annotation. Reports: ScalingReplicaSet and ReplicaSetCreateError events, the conditions Progressing, Available and
// ReplicaFailure.
//
// A deployment has one current set, the one with its template; all others are old. plan.go decides the next step about them
// and knows the strategies by name: rolling.go, recreate.go, and proportional.go for a deployment whose size changed while several
// sets run. revision.go keeps the history that kubectl rollout reads: a template that returns gets its old set back, with a
// new revision. status.go and progress.go compute what is told. reconcile.go loads, plans and acts.
package deployment
