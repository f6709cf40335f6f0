package cronjob

import (
	"errors"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // which zones there are does not depend on the machine

	"github.com/robfig/cron/v3"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// namesZone tells whether a schedule names a time zone itself, as was done before there was a field for it.
func namesZone(schedule string) bool { return strings.Contains(schedule, "TZ") }

func validateSchedule(schedule string, zone *string, zoneAllowed bool, path *field.Path) field.ErrorList {
	if schedule == "" {
		return field.ErrorList{field.Required(path, "")}
	}
	var errs field.ErrorList
	if err := parse(schedule); err != nil {
		errs = append(errs, field.Invalid(path, schedule, err.Error()))
	}
	switch {
	case !namesZone(schedule):
	case zone != nil:
		errs = append(errs, field.Invalid(path, schedule, "cannot use both timeZone field and TZ or CRON_TZ in schedule"))
	case !zoneAllowed:
		errs = append(errs, field.Invalid(path, schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"))
	}
	return errs
}

func parse(schedule string) error {
	// The parser takes for granted that something follows a zone.
	if (strings.HasPrefix(schedule, "TZ=") || strings.HasPrefix(schedule, "CRON_TZ=")) && !strings.Contains(schedule, " ") {
		return errors.New("provided bad location: no schedule follows it")
	}
	_, err := cron.ParseStandard(schedule)
	return err
}

// The names of zones are paths of files; no part of one may lead elsewhere.
var zonePart = regexp.MustCompile(`^[A-Za-z.\-_0-9+]{1,14}$`)

func validateZone(zone *string, path *field.Path) field.ErrorList {
	if zone == nil {
		return nil
	}
	name := *zone
	switch {
	case name == "":
		return field.ErrorList{field.Invalid(path, name, "timeZone must be nil or non-empty string")}
	case strings.EqualFold(name, "Local"):
		return field.ErrorList{field.Invalid(path, name, "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones")}
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "." || part == ".." || strings.HasPrefix(part, "-") || !zonePart.MatchString(part) {
			return field.ErrorList{field.Invalid(path, name, "unknown time zone "+name)}
		}
	}
	if _, err := time.LoadLocation(name); err != nil {
		return field.ErrorList{field.Invalid(path, name, err.Error())}
	}
	return nil
}
