// Package balance prefers nodes on which CPU and memory would be used up evenly, so that neither is stranded.
package balance
