// Package eviction keeps evictions of pods within their disruption budgets (KEP-85, KEP-3017). An eviction that is let through is booked
// in the budget's status before the pod goes, conditionally on nobody else having booked meanwhile; so no two evictions share the
// last disruption that is allowed, however many servers there are. The controller of budgets finds what was booked and did not happen.
//
// A pod that has ended, has not begun, or is going already takes nothing from a budget; one that is not ready does so as the budget
// says. Plain deletions are nobody's business here.
package eviction
