// Package componentstatus is the kind v1 ComponentStatus: how the parts of the control plane are, computed for each who asks.
package componentstatus
