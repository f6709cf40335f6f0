package prioritylevelconfiguration

import "math"

// entropy is how many bits it takes to choose a hand of queues out of all.
func entropy(queues, hand int) int {
	bits := 0.0
	for i := range hand {
		bits += math.Log2(float64(queues - i))
	}
	return int(math.Ceil(bits))
}
