// Package event is the kind v1 Event. Events live for an hour, and are not made durable at once: they tell people
// what happened, and nothing decides by them.
package event
