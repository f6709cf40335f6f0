package unused

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestUnused(t *testing.T) {
	l, p, at := NewLedger(), Default(), time.Unix(1000, 0)
	images := []Image{{ID: "used", Used: true}, {ID: "kept", Kept: true}, {ID: "once", Used: true}, {ID: "never"}, {ID: "lately", Used: true}}
	l.Note(images, at)
	images[2].Used = false
	l.Note(images, at.Add(time.Minute))
	images[4].Used = false
	images = append(images, Image{ID: "new"})
	l.Note(images, at.Add(2*time.Minute))
	ids := func(now time.Time) string {
		var list []string
		for _, i := range l.Unused(images, p, now) {
			list = append(list, i.ID)
		}
		return strings.Join(list, " ")
	}
	for after, want := range map[time.Duration]string{time.Minute: "", 2 * time.Minute: "never once lately", 4 * time.Minute: "never new once lately"} {
		if got := ids(at.Add(after)); got != want {
			t.Errorf("after %v: %q, want %q", after, got, want)
		}
	}
	p.MaxAge = 10 * time.Minute
	at = at.Add(10*time.Minute + time.Second)
	fresh := slices.DeleteFunc(l.Unused(images, p, at), func(i Image) bool { return l.Stale(i, p, at) })
	if len(fresh) != 2 || fresh[0].ID != "new" || fresh[1].ID != "lately" {
		t.Errorf("after ten minutes %v are not unused for too long", fresh)
	}
}

func TestExcess(t *testing.T) {
	for _, c := range []struct{ available, capacity, want int64 }{{16, 100, 0}, {15, 100, 5}, {0, 1000, 200}, {0, 0, 0}, {300, 1000, 0}} {
		if got := Default().Excess(c.available, c.capacity); got != c.want {
			t.Errorf("%d of %d available: %d must go, want %d", c.available, c.capacity, got, c.want)
		}
	}
	if got := (Policy{High: 100, Low: 80}).Excess(0, 100); got != 0 {
		t.Errorf("with a threshold of 100: %d", got)
	}
}

func TestValidate(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Error(err)
	}
	for flag, p := range map[string]Policy{
		"--image-gc-high-threshold": {High: 101, Low: 80}, "--image-gc-low-threshold": {High: 80, Low: 80}, "--minimum-image-ttl-duration": {High: 85, Low: 80, MinAge: -1},
		"--image-maximum-gc-age": {High: 85, Low: 80, MinAge: 2, MaxAge: 1}, "--maximum-dead-containers-per-container": {High: 85, Low: 80, Dead: -1},
	} {
		if err := p.Validate(); err == nil || !strings.HasPrefix(err.Error(), flag) {
			t.Errorf("%+v: %v", p, err)
		}
	}
}
