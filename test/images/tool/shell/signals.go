package shell

import (
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// names of the signals that a trap can have.
var names = map[string]syscall.Signal{
	"HUP": syscall.SIGHUP, "INT": syscall.SIGINT, "QUIT": syscall.SIGQUIT, "TERM": syscall.SIGTERM, "USR1": syscall.SIGUSR1, "USR2": syscall.SIGUSR2,
	"1": syscall.SIGHUP, "2": syscall.SIGINT, "3": syscall.SIGQUIT, "15": syscall.SIGTERM, "10": syscall.SIGUSR1, "12": syscall.SIGUSR2,
}

// signals collects what arrives for the shell. As process 1 it takes all: one without a trap then passes without effect, as it
// does for every process 1 that has no handler.
type signals struct{ arrived chan os.Signal }

func newSignals() *signals {
	s := &signals{arrived: make(chan os.Signal, 16)}
	if os.Getpid() == 1 {
		signal.Notify(s.arrived, syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2)
	}
	return s
}

func (s *signals) take(sig syscall.Signal) { signal.Notify(s.arrived, sig) }

// runTraps runs the traps of the signals that arrived meanwhile.
func (s *Shell) runTraps() {
	if s.isSub {
		return
	}
	for s.unwind == running {
		select {
		case sig := <-s.signals.arrived:
			s.runTrap(sig)
		default:
			return
		}
	}
}

func (s *Shell) runTrap(sig os.Signal) {
	for name, action := range s.traps {
		if names[name] == sig {
			status := s.status
			s.source(action)
			if s.unwind != exiting {
				s.status = status
			}
			return
		}
	}
}

// trap sets, clears or lists traps.
func trap(s *Shell, words []string) int {
	if len(words) < 3 {
		for name, action := range s.traps {
			s.print("trap -- '" + action + "' " + name + "\n")
		}
		return 0
	}
	for _, name := range words[2:] {
		name = strings.TrimPrefix(strings.ToUpper(name), "SIG")
		if name == "0" {
			name = "EXIT"
		}
		sig, known := names[name]
		if name != "EXIT" && !known {
			s.complain("trap: %s: unknown signal", name)
			return 1
		}
		if words[1] == "-" {
			delete(s.traps, name)
			if known && os.Getpid() != 1 {
				signal.Reset(sig)
			}
			continue
		}
		s.traps[name] = words[1]
		if known {
			s.signals.take(sig)
		}
	}
	return 0
}
