#include "textflag.h"

// func unreachable()
// UNDEF is the assembler's name for WebAssembly's `unreachable`.
TEXT ·unreachable(SB), NOSPLIT, $0-0
	UNDEF
