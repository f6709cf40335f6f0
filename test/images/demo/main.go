package main

import (
	"errors"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	port := env("PORT", "8080")
	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		os.Stderr.WriteString("demo: " + err.Error() + "\n")
		os.Exit(1)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-stop
		say("stopping")
		os.Exit(0)
	}()
	say("version " + version() + " listening on port " + port)
	serve(listener)
}

// serve answers until the listener is closed.
func serve(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			time.Sleep(50 * time.Millisecond) // out of descriptors, perhaps; it passes
			continue
		}
		go func() {
			defer connection.Close()
			handle(connection)
		}()
	}
}

func say(line string) {
	os.Stdout.WriteString(time.Now().UTC().Format("2006-01-02T15:04:05.000Z ") + line + "\n")
}

func env(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

func version() string { return env("VERSION", "unknown") }

func pod() string {
	host, _ := os.Hostname()
	return env("POD_NAME", host)
}
