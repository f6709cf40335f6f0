package embedded

import (
	"fmt"
	"log/slog"
	"runtime"
	"strings"
)

// engineLogger is where the engine talks, and where it gives up. For the engine, Fatalf is the end of the process; here it
// is the end of the store: the failure is recorded, and the calling goroutine does not go on. A goroutine of ours unwinds to
// its guard; one of the engine's stops where it stands, because nothing above it could recover.
type engineLogger struct {
	log  *slog.Logger
	fail func(error)
}

func (l engineLogger) Infof(format string, args ...any) {
	l.log.Debug("Store engine", "msg", fmt.Sprintf(format, args...))
}

func (l engineLogger) Errorf(format string, args ...any) {
	l.log.Warn("Store engine", "msg", fmt.Sprintf(format, args...))
}

func (l engineLogger) Fatalf(format string, args ...any) {
	err := engineFailure{msg: fmt.Sprintf(format, args...)}
	for _, arg := range args {
		if cause, ok := arg.(error); ok {
			err.cause = cause
		}
	}
	l.fail(err)
	if underGuard() {
		panic(err)
	}
	select {}
}

// engineFailure is why the engine gave up: what engineLogger throws and guard catches.
type engineFailure struct {
	msg   string
	cause error // as far as the engine told, else nil
}

func (e engineFailure) Error() string { return e.msg }
func (e engineFailure) Unwrap() error { return e.cause }

// guard runs f, which calls the engine, and turns the engine's giving up into an error.
func guard(f func() error) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case engineFailure:
			err = r
		default:
			panic(r)
		}
	}()
	return f()
}

func underGuard() bool {
	pcs := make([]uintptr, 256)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	for {
		frame, more := frames.Next()
		if strings.HasSuffix(frame.Function, "store/embedded.guard") {
			return true
		}
		if !more {
			return false
		}
	}
}
