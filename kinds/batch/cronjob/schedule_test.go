package cronjob

import (
	"testing"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// The parser is someone else's; it must not take the server down.
func FuzzSchedule(f *testing.F) {
	for _, s := range []string{"*/5 * * * *", "@daily", "TZ=UTC 0 * * * *", "CRON_TZ=", "TZ=", "@every 1h", "1-0 * * * *"} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, schedule string) {
		validateSchedule(schedule, nil, true, field.NewPath("spec", "schedule"))
		validateZone(&schedule, field.NewPath("spec", "timeZone"))
	})
}
