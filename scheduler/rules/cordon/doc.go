// Package cordon keeps pods away from nodes that somebody marked unschedulable, but those that tolerate the taint that says so.
package cordon
