// Package horizontalpodautoscaler is the kind autoscaling/v2 HorizontalPodAutoscaler, which is served as autoscaling/v1 too: what v1 has no
// field for travels in annotations there, so that a client of v1 that writes back what it read loses nothing.
package horizontalpodautoscaler
