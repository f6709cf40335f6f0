package serve

import "golang.org/x/sys/unix"

// openStdio returns the child's three standard streams and what of it the caller must close after the fork. An exec
// session's come from the agent; a container's are pipes of this process; with a terminal they are replaced later.
func (p *proc) openStdio(files []int) (stdio [3]int, opened []int, err error) {
	if p.spec.Exec && !p.spec.Terminal {
		return [3]int(files[1:4]), nil, nil
	}
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return stdio, nil, err
	}
	opened = append(opened, null)
	stdio = [3]int{null, null, null}
	if p.spec.Terminal {
		return stdio, opened, nil
	}
	var pipe [2]int
	if p.spec.Stdin {
		if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
			return stdio, opened, err
		}
		stdio[0], p.stdin = pipe[0], pipe[1]
		opened = append(opened, pipe[0])
	}
	for i := range p.streams {
		if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
			return stdio, opened, err
		}
		p.streams[i].fd, stdio[i+1] = pipe[0], pipe[1]
		opened = append(opened, pipe[1])
	}
	return stdio, opened, nil
}
