package cgroup

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// eBPF, as little of it as a device filter needs: Documentation/bpf/standardization/instruction-set in the kernel tree.
const (
	opLoad    = 0x61 // dst = *(u32 *)(src + off)
	opMov     = 0xbf // dst = src
	opMovImm  = 0xb7 // dst = imm
	opAndImm  = 0x57 // dst &= imm
	opRshImm  = 0x77 // dst >>= imm
	opJneImm  = 0x55 // if dst != imm skip off
	opExit    = 0x95 // return r0
	devBlock  = 1    // BPF_DEVCG_DEV_BLOCK
	devChar   = 2    // BPF_DEVCG_DEV_CHAR
	accMknod  = 1    // BPF_DEVCG_ACC_MKNOD
	accRead   = 2    // BPF_DEVCG_ACC_READ
	accWrite  = 4    // BPF_DEVCG_ACC_WRITE
	accAll    = accMknod | accRead | accWrite
	fieldSize = 4
)

// deviceProgram compiles a list into a program that returns 1 for an allowed access and 0 for any other. The context is
// three words: access type (low half the device type, high half the access), major, minor.
func deviceProgram(list []Device) ([]byte, error) {
	var p []byte
	emit := func(op, dst, src byte, off int16, imm int32) {
		p = append(p, op, src<<4|dst)
		p = binary.LittleEndian.AppendUint16(p, uint16(off))
		p = binary.LittleEndian.AppendUint32(p, uint32(imm))
	}
	emit(opLoad, 2, 1, 0, 0) // r2 = device type
	emit(opAndImm, 2, 0, 0, 0xffff)
	emit(opLoad, 3, 1, 0, 0) // r3 = access
	emit(opRshImm, 3, 0, 0, 16)
	emit(opLoad, 4, 1, fieldSize, 0)   // r4 = major
	emit(opLoad, 5, 1, 2*fieldSize, 0) // r5 = minor
	for _, d := range list {
		kind := int32(devChar)
		switch d.Type {
		case 'c':
		case 'b':
			kind = devBlock
		default:
			return nil, fmt.Errorf("a device is of type c or b, not %q", d.Type)
		}
		access := int32(0)
		for _, c := range d.Access {
			switch c {
			case 'm':
				access |= accMknod
			case 'r':
				access |= accRead
			case 'w':
				access |= accWrite
			default:
				return nil, fmt.Errorf("device access is of r, w and m, not %q", d.Access)
			}
		}
		// Every test skips to the end of this rule; how far is known once the rule's length is.
		type test struct {
			reg   byte
			value int32
		}
		tests := []test{{2, kind}}
		if d.Major >= 0 {
			tests = append(tests, test{4, int32(d.Major)})
		}
		if d.Minor >= 0 {
			tests = append(tests, test{5, int32(d.Minor)})
		}
		rest := len(tests) + 2 // tests, then r0 = 1 and exit
		if access != accAll {
			rest += 3
		}
		for _, t := range tests {
			rest--
			emit(opJneImm, t.reg, 0, int16(rest), t.value)
		}
		if access != accAll { // nothing may be asked beyond what is allowed
			emit(opMov, 6, 3, 0, 0)
			emit(opAndImm, 6, 0, 0, ^access)
			emit(opJneImm, 6, 0, 2, 0)
		}
		emit(opMovImm, 0, 0, 0, 1)
		emit(opExit, 0, 0, 0, 0)
	}
	emit(opMovImm, 0, 0, 0, 0)
	emit(opExit, 0, 0, 0, 0)
	return p, nil
}

// attachDeviceProgram loads the program and binds it to the cgroup, which keeps it for its own life.
func attachDeviceProgram(dir string, program []byte) error {
	license := []byte("Apache-2.0\x00")
	log := make([]byte, 4096)
	load := struct {
		progType, insnCount uint32
		insns, license      uint64
		logLevel, logSize   uint32
		logBuf              uint64
		kernVersion, flags  uint32
	}{
		progType: unix.BPF_PROG_TYPE_CGROUP_DEVICE, insnCount: uint32(len(program) / 8),
		insns: address(program), license: address(license), logLevel: 1, logSize: uint32(len(log)), logBuf: address(log),
	}
	prog, err := bpf(unix.BPF_PROG_LOAD, unsafe.Pointer(&load), unsafe.Sizeof(load))
	if err != nil {
		return fmt.Errorf("loading: %w", err)
	}
	defer unix.Close(prog)
	target, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(target)
	attach := struct{ target, prog, attachType, flags uint32 }{
		uint32(target), uint32(prog), unix.BPF_CGROUP_DEVICE, unix.BPF_F_ALLOW_MULTI,
	}
	_, err = bpf(unix.BPF_PROG_ATTACH, unsafe.Pointer(&attach), unsafe.Sizeof(attach))
	return err
}

func bpf(command uintptr, attr unsafe.Pointer, size uintptr) (int, error) {
	r, _, e := unix.Syscall(unix.SYS_BPF, command, uintptr(attr), size)
	if e != 0 {
		return -1, e
	}
	return int(r), nil
}

func address(b []byte) uint64 { return uint64(uintptr(unsafe.Pointer(&b[0]))) }
