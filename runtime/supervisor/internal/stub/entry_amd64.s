#include "textflag.h"

// entry is where the kernel starts the program. The stub's second half, told by its only argument, enters the user namespace
// behind wire.FDUser; until the Go runtime starts there is one thread. It hides first from who is inside already.
TEXT ·entry(SB),NOSPLIT|NOFRAME,$0
	MOVQ	0(SP), AX	// argc
	CMPQ	AX, $2
	JNE	start
	MOVQ	16(SP), AX	// argv[1]
	CMPL	(AX), $0x72657375	// "user"
	JNE	start
	MOVQ	$157, AX	// prctl(PR_SET_DUMPABLE, 0)
	MOVQ	$4, DI
	XORQ	SI, SI
	SYSCALL
	MOVQ	$308, AX	// setns(FDUser, CLONE_NEWUSER)
	MOVQ	$6, DI
	MOVQ	$0x10000000, SI
	SYSCALL
start:
	JMP	_rt0_amd64_linux(SB)
