// Package quota says what an object takes of a ResourceQuota: which names it counts under, how much, and which scopes it is in.
//
// Admission adds with it, the controller recounts with it; so the two cannot disagree.
package quota
