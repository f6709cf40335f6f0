// Package event is the kind v1 Event, which is events.k8s.io/v1 Event too: the same events, of which the newer group asks more. Events live
// for an hour, and are not made durable at once: they tell people what happened, and nothing decides by them.
package event
