// Package lifecycle starts the parts of a process in order and stops them in reverse.
//
// In flows an ordered list of [Component]; the order in which they are written is the order in which they start. Out flow
// errors that name the component, and one debug line a step with its duration. The package never knows what a component
// does, and decides nothing about order by itself: there is no graph, the list is the truth.
//
// A [Group] is itself a Component, so groups nest. Start, Stop and Ready of one Group may be called from any goroutine;
// Start and Stop of one Group exclude each other.
package lifecycle
