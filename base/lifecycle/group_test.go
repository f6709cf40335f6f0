package lifecycle

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// diary makes components that write down what happened to them.
type diary struct{ lines []string }

func (d *diary) component(name string, startErr, stopErr error) Component {
	return Func{
		Label:   name,
		OnStart: func(context.Context) error { d.lines = append(d.lines, "start "+name); return startErr },
		OnStop:  func(context.Context) error { d.lines = append(d.lines, "stop "+name); return stopErr },
	}
}

func (d *diary) expect(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(d.lines, want) {
		t.Errorf("order of steps:\n got %q\nwant %q", d.lines, want)
	}
}

func TestStartInOrderStopInReverse(t *testing.T) {
	var d diary
	var log bytes.Buffer
	g := &Group{
		Components: []Component{d.component("store", nil, nil), d.component("server", nil, nil), Func{Label: "idle"}},
		Log:        slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if err := g.Ready(); err == nil {
		t.Error("ready before the start")
	}
	if err := g.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := g.Ready(); err != nil {
		t.Errorf("not ready after the start: %v", err)
	}
	if err := g.Start(t.Context()); err == nil {
		t.Error("a second start was accepted")
	}
	if err := g.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := g.Stop(t.Context()); err != nil {
		t.Errorf("stopping what is stopped: %v", err)
	}
	d.expect(t, "start store", "start server", "stop server", "stop store")
	for _, want := range []string{"component=store", "component started", "component stopped", "took="} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the debug log lacks %q:\n%s", want, &log)
		}
	}
}

func TestFailedStartStopsWhatStarted(t *testing.T) {
	var d diary
	broken, stuck := errors.New("port taken"), errors.New("still busy")
	g := &Group{Components: []Component{
		d.component("a", nil, nil), d.component("b", nil, stuck), d.component("c", broken, nil), d.component("d", nil, nil),
	}}
	err := g.Start(t.Context())
	if !errors.Is(err, broken) || !errors.Is(err, stuck) || !strings.Contains(err.Error(), "starting c: port taken") {
		t.Errorf("got %v", err)
	}
	d.expect(t, "start a", "start b", "start c", "stop b", "stop a")
	if err := g.Ready(); err == nil {
		t.Error("ready after a failed start")
	}
}

func TestStartGivesUpBetweenSteps(t *testing.T) {
	var d diary
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("interrupted")
	g := &Group{Components: []Component{
		d.component("a", nil, nil),
		Func{Label: "b", OnStart: func(context.Context) error { cancel(cause); return nil }},
		d.component("c", nil, nil),
	}}
	if err := g.Start(ctx); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
	d.expect(t, "start a", "stop a")
}

func TestStopGoesOnPastErrorsAndDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		broken := errors.New("cannot flush")
		release := make(chan struct{})
		obedient := Func{Label: "obedient", OnStop: func(ctx context.Context) error { <-ctx.Done(); return errors.New("cut short") }}
		deaf := Func{Label: "deaf", OnStop: func(context.Context) error { <-release; return nil }}
		g := &Group{
			StopTimeout: 3 * time.Second,
			Components:  []Component{d.component("a", nil, nil), d.component("b", nil, broken), obedient, deaf},
		}
		if err := g.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		err := g.Stop(t.Context())
		if took := time.Since(began); took != 3*time.Second+abandonAfter+3*time.Second {
			t.Errorf("the stop took %v", took)
		}
		for _, want := range []string{"stopping deaf: left behind", "stopping obedient: cut short", "stopping b: cannot flush"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("the error lacks %q: %v", want, err)
			}
		}
		if !errors.Is(err, broken) {
			t.Error("the component's own error is not wrapped")
		}
		d.expect(t, "start a", "start b", "stop b", "stop a")
		close(release)
	})
}

func TestReadyNamesWhoIsNot(t *testing.T) {
	g := &Group{Components: []Component{
		Func{Label: "store"},
		&Group{Label: "node", Components: []Component{
			Func{Label: "runtime", OnReady: func() error { return errors.New("no cgroups yet") }},
		}},
	}}
	if err := g.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := g.Ready(); err == nil || err.Error() != "node: runtime: no cgroups yet" {
		t.Errorf("got %v", err)
	}
	if err := g.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestRun(t *testing.T) {
	failure := errors.New("the listener died")
	for name, tc := range map[string]struct{ cause, want error }{
		"interrupt":         {nil, nil},
		"component failure": {failure, failure},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var d diary
				ctx, cancel := context.WithCancelCause(t.Context())
				stopCtx := errors.New("stop was never called")
				g := &Group{Components: []Component{d.component("a", nil, nil), Func{
					Label:  "b",
					OnStop: func(ctx context.Context) error { stopCtx = ctx.Err(); return nil },
				}}}
				time.AfterFunc(time.Minute, func() { cancel(tc.cause) })
				if err := g.Run(ctx); !errors.Is(err, tc.want) {
					t.Errorf("got %v, want %v", err, tc.want)
				}
				if stopCtx != nil {
					t.Errorf("the stop got a context that had ended: %v", stopCtx)
				}
				d.expect(t, "start a", "stop a")
			})
		})
	}
}
