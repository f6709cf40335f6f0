package app

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// plenty is how much garbage may gather in any case.
	plenty = 64 << 20
	// fewestPercent of what is live may gather as garbage in a large cluster, where collecting is work in proportion.
	fewestPercent = 35
)

// garbagePercent is how much garbage may gather, in percent of what is live: as much again while that is little, and less in proportion
// where a cluster's objects fill memory, which would take them twice otherwise.
func garbagePercent(live uint64) int {
	return max(fewestPercent, min(100, int(100*plenty/max(live, 1))))
}

// boundGarbage keeps to garbagePercent, looking anew after each collection. Whoever sets GOGC decides himself.
func boundGarbage() {
	if os.Getenv("GOGC") != "" {
		return
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	percent := 100
	var look func()
	look = func() {
		metrics.Read(live)
		if now := garbagePercent(live[0].Value.Uint64()); now < percent-5 || now > percent+5 || now == fewestPercent && percent != now {
			percent = now
			debug.SetGCPercent(percent)
		}
		mark := new(collected)
		runtime.SetFinalizer(mark, func(*collected) { look() })
	}
	look()
}

// collected is garbage as soon as it is made, and so tells of the next collection.
type collected struct{ _ [16]byte }
