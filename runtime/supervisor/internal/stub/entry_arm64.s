#include "textflag.h"

// entry is where the kernel starts the program. See entry_amd64.s.
TEXT ·entry(SB),NOSPLIT|NOFRAME,$0
	MOVD	0(RSP), R0	// argc
	CMP	$2, R0
	BNE	start
	MOVD	16(RSP), R0	// argv[1]
	MOVWU	(R0), R1
	MOVD	$0x72657375, R2	// "user"
	CMPW	R2, R1
	BNE	start
	MOVD	$167, R8	// prctl(PR_SET_DUMPABLE, 0)
	MOVD	$4, R0
	MOVD	$0, R1
	SVC
	MOVD	$268, R8	// setns(FDUser, CLONE_NEWUSER)
	MOVD	$6, R0
	MOVD	$0x10000000, R1
	SVC
start:
	JMP	_rt0_arm64_linux(SB)
