// Package resourcequota keeps the status of ResourceQuotas: what they bound, and how much of it is used.
//
// Admission books what a write takes before it is stored; this controller counts what is there, so that what was deleted, has ended or
// was never stored is free again, and what a new quota finds is told.
//
// Reads: ResourceQuotas, and every resource with a namespace. Writes: the status of ResourceQuotas. Reports: nothing.
package resourcequota
