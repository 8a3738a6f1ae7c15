/*
 * offsets.c - numbers of C that assembly needs. Compiled to assembly and never linked: the Makefile
 * turns each "->NAME value" line of the output into a #define of build/NAME/gen/offsets.h.
 */
#include "kernel/x86/asm.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/trapframe.h"

#define DEFINE(name, value) __asm__ volatile("\n# ->" #name " %0" : : "i"((long)(value)))

void offsets(void);

void offsets(void)
{
	DEFINE(CPU_KERNEL_RSP, offsetof(struct cpu, kernel_rsp));
	DEFINE(CPU_USER_RSP, offsetof(struct cpu, user_rsp));
	DEFINE(CPU_REGISTERS, offsetof(struct cpu, registers));

	DEFINE(FRAME_R11, offsetof(struct trapframe, r11));
	DEFINE(FRAME_RCX, offsetof(struct trapframe, rcx));
	DEFINE(FRAME_VECTOR, offsetof(struct trapframe, vector));
	DEFINE(FRAME_RIP, offsetof(struct trapframe, rip));
	DEFINE(FRAME_CS, offsetof(struct trapframe, cs));
	DEFINE(FRAME_RFLAGS, offsetof(struct trapframe, rflags));
	DEFINE(FRAME_RSP, offsetof(struct trapframe, rsp));
	DEFINE(FRAME_SIZE, sizeof(struct trapframe));

	DEFINE(TRAP_DB, TRAP_DB);
	DEFINE(TRAP_NMI, TRAP_NMI);
	DEFINE(TRAP_DF, TRAP_DF);
	DEFINE(TRAP_MC, TRAP_MC);
	DEFINE(TRAP_SYSCALL, TRAP_SYSCALL);

	DEFINE(MSR_EFER, MSR_EFER);
	DEFINE(MSR_GS_BASE, MSR_GS_BASE);
	DEFINE(MSR_KERNEL_GS_BASE, MSR_KERNEL_GS_BASE);
}
