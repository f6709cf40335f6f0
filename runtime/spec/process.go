package spec

import (
	"errors"
	"strings"

	imagespec "github.com/opencontainers/image-spec/specs-go/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// ErrNoCommand: neither the container nor its image says what to run.
var ErrNoCommand = errors.New("no command specified: neither the container nor its image has one")

// arguments follows the table in the Kubernetes documentation: a command of the container's replaces the image's
// entrypoint and its arguments, arguments alone replace the image's arguments.
func arguments(c *runtimeapi.ContainerConfig, image *imagespec.ImageConfig) ([]string, error) {
	command, args := c.GetCommand(), c.GetArgs()
	if len(command) == 0 {
		command = image.Entrypoint
		if len(args) == 0 {
			args = image.Cmd
		}
	}
	all := append(append([]string(nil), command...), args...)
	if len(all) == 0 {
		return nil, ErrNoCommand
	}
	return all, nil
}

// environment lays the container's variables over the image's. Some are there even if nobody names them.
func environment(in *Input) []string {
	e := newEnv()
	e.setDefault(defaultPath)
	if in.Hostname != "" {
		e.set("HOSTNAME=" + in.Hostname)
	}
	if in.Config.GetTty() {
		e.set("TERM=xterm")
	}
	for _, v := range in.Image.Env {
		e.set(v)
	}
	for _, v := range in.Config.GetEnvs() {
		e.set(v.GetKey() + "=" + string(v.GetValue()))
	}
	if in.User.Home != "" {
		e.setDefault("HOME=" + in.User.Home)
	} else {
		e.setDefault("HOME=/")
	}
	return e.list
}

type env struct {
	list []string
	at   map[string]int
}

func newEnv() *env { return &env{at: map[string]int{}} }

func (e *env) set(v string) {
	key, _, _ := strings.Cut(v, "=")
	if i, ok := e.at[key]; ok {
		e.list[i] = v
		return
	}
	e.at[key] = len(e.list)
	e.list = append(e.list, v)
}

func (e *env) setDefault(v string) {
	key, _, _ := strings.Cut(v, "=")
	if _, ok := e.at[key]; !ok {
		e.set(v)
	}
}

func directory(c *runtimeapi.ContainerConfig, image *imagespec.ImageConfig) string {
	dir := c.GetWorkingDir()
	if dir == "" {
		dir = image.WorkingDir
	}
	if !strings.HasPrefix(dir, "/") {
		dir = "/" + dir
	}
	return dir
}
