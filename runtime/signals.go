package runtime

import (
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// The C library keeps the first two real-time signals for itself; names count from what is left.
const (
	sigRTMin = 34
	sigRTMax = 64
)

// stopSignal is what a container is asked to end with: the pod's wish, else the image's, else SIGTERM.
func stopSignal(rec *containerRecord) syscall.Signal {
	if wish := rec.Config.GetStopSignal(); wish != runtimeapi.Signal_RUNTIME_DEFAULT {
		if n := signalNumber(wish.String()); n != 0 {
			return n
		}
	}
	if n := signalNumber(rec.Image.StopSignal); n != 0 {
		return n
	}
	return unix.SIGTERM
}

// stopSignalName is what the CRI calls that signal.
func stopSignalName(rec *containerRecord) runtimeapi.Signal {
	n := stopSignal(rec)
	name := unix.SignalName(n)
	switch {
	case n == sigRTMin:
		name = "SIGRTMIN"
	case n == sigRTMax:
		name = "SIGRTMAX"
	case n > sigRTMin && n < sigRTMin+16:
		name = "SIGRTMINPLUS" + strconv.Itoa(int(n)-sigRTMin)
	case n >= sigRTMin+16:
		name = "SIGRTMAXMINUS" + strconv.Itoa(sigRTMax-int(n))
	}
	return runtimeapi.Signal(runtimeapi.Signal_value[name])
}

// signalNumber reads "SIGTERM", "TERM", "15", "RTMIN+3" or the CRI's "SIGRTMINPLUS3"; 0 if it is none.
func signalNumber(name string) syscall.Signal {
	if n, err := strconv.Atoi(name); err == nil && n > 0 && n <= sigRTMax {
		return syscall.Signal(n)
	}
	name = "SIG" + strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(name)), "SIG")
	switch name {
	case "SIGCLD":
		return unix.SIGCHLD
	case "SIGIOT":
		return unix.SIGABRT
	case "SIGPOLL":
		return unix.SIGIO
	case "SIGRTMIN":
		return sigRTMin
	case "SIGRTMAX":
		return sigRTMax
	}
	name = strings.NewReplacer("MINPLUS", "MIN+", "MAXMINUS", "MAX-").Replace(name)
	if n, ok := strings.CutPrefix(name, "SIGRTMIN+"); ok {
		return realTime(n, sigRTMin, 1)
	}
	if n, ok := strings.CutPrefix(name, "SIGRTMAX-"); ok {
		return realTime(n, sigRTMax, -1)
	}
	return unix.SignalNum(name)
}

func realTime(offset string, base, sign int) syscall.Signal {
	n, err := strconv.Atoi(offset)
	if err != nil || n < 0 || n > sigRTMax-sigRTMin {
		return 0
	}
	return syscall.Signal(base + sign*n)
}
