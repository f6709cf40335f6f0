// Package poddisruptionbudget is the kind policy/v1 PodDisruptionBudget.
package poddisruptionbudget
