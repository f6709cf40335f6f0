// Package journal keeps on disk which sandbox is attached, so that a killed process loses no address and hands none out twice.
//
// The file is an append-only log of JSON lines, one a step, written before the kernel is changed:
//
//	{"op":"journal","version":1}               first line
//	{"op":"attach","record":{…}}               the sandbox has these addresses and ports
//	{"op":"detach","sandbox":"…"}              it is gone; its addresses are not free yet, its link may still be there
//	{"op":"free","sandbox":"…"}                its link is gone, its addresses are free
//	{"op":"released","addresses":["…"]}        free addresses, oldest first (written when the log is rewritten)
//
// It is not synced to disk: what it describes lives in the kernel's memory, and both end with the machine. A line cut short
// by a crash, or made unreadable by a power loss, is skipped and counted.
//
// The package never knows the kernel. A Journal may be used from any goroutine.
package journal
