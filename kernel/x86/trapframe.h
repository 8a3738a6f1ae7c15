/*
 * trapframe.h - what entry.S leaves on the kernel stack, lowest address first. The same layout for a
 * system call, an interrupt and an exception, so that fork can copy it and exec can write it anew.
 *
 *      kernel stack top -> +--------+
 *                          | ss     |  \
 *                          | rsp    |   | pushed by the CPU (SDM 3A 6.14.2),
 *                          | rflags |   | or by the SYSCALL entry in its place
 *                          | cs     |   |
 *                          | rip    |  /
 *                          | error  |     pushed by the CPU or as 0
 *                          | vector |     TRAP_SYSCALL for a system call
 *                          | rax    |  \
 *                          |  ...   |   | general registers
 *           frame pointer  | r15    |  /
 */
#pragma once

#include "kernel/lib/types.h"

struct trapframe {
	u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax;
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
};

enum {
	TRAP_DE = 0, TRAP_DB, TRAP_NMI, TRAP_BP, TRAP_OF, TRAP_BR, TRAP_UD, TRAP_NM, TRAP_DF,
	TRAP_TS = 10, TRAP_NP, TRAP_SS, TRAP_GP, TRAP_PF, TRAP_MF = 16, TRAP_AC, TRAP_MC, TRAP_XM,
	TRAP_TIMER = 0x20, TRAP_COM1, TRAP_COM2, TRAP_RESCHEDULE, TRAP_SHOOTDOWN,
	TRAP_SPURIOUS = 0xff, TRAP_SYSCALL = 0x100,
};

/* Page-fault error code, SDM 3A 4.7. */
#define PF_PRESENT BIT(0)
#define PF_WRITE   BIT(1)
#define PF_USER    BIT(2)
#define PF_RSVD    BIT(3)
#define PF_FETCH   BIT(4)

static inline bool frame_from_user(const struct trapframe *f)
{
	return f->cs & 3;
}

/* Called by entry.S; both live on the top floor (kernel/trap.c, kernel/syscall.c). */
void trap_enter(struct trapframe *f);
void syscall_enter(struct trapframe *f);

/* entry.S: where a new thread's first switch lands; returns to ring 3 through the frame at the stack's top. */
void trap_return(void);
