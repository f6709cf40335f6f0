package cgroup

import (
	"fmt"
	"strconv"
)

// Device allows the use of device files. Major and Minor -1 mean any.
type Device struct {
	Type         byte // 'c' or 'b'
	Major, Minor int64
	Access       string // of "rwm": read, write, mknod
}

func (d Device) String() string {
	number := func(n int64) string {
		if n < 0 {
			return "*"
		}
		return strconv.FormatInt(n, 10)
	}
	return string(d.Type) + " " + number(d.Major) + ":" + number(d.Minor) + " " + d.Access
}

// AllowDevices forbids every device but the listed ones. It is to be called once, before anything runs in the group.
func (g *Group) AllowDevices(list []Device) error {
	if g.sys.mountOf("devices") == "" {
		return g.allowV2(list)
	}
	dir := g.dir("devices")
	if err := write(dir, "devices.deny", "a"); err != nil {
		return fmt.Errorf("forbidding devices: %w", err)
	}
	for _, d := range list {
		if err := write(dir, "devices.allow", d.String()); err != nil {
			return fmt.Errorf("allowing a device: %w", err)
		}
	}
	return nil
}

func (g *Group) allowV2(list []Device) error {
	program, err := deviceProgram(list)
	if err != nil {
		return err
	}
	if err := attachDeviceProgram(g.V2Dir(), program); err != nil {
		return fmt.Errorf("attaching the device filter to %s: %w", g.V2Dir(), err)
	}
	return nil
}
