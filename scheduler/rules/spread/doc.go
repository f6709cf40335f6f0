// Package spread holds pods to their topology spread constraints: over the values of a node label (zones, hosts), the numbers of
// pods of the sort that a constraint selects are to differ by no more than its maxSkew. Constraints that must hold refuse nodes,
// the others prefer values with fewer pods. (KEP-895, KEP-3022, KEP-3094)
package spread
