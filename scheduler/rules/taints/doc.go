// Package taints keeps pods away from nodes with taints that they do not tolerate (NoSchedule, NoExecute), and prefers nodes
// with fewer such taints (PreferNoSchedule).
package taints
