/*
 * sigframe.c - into a handler and back. See sigframe.h.
 *
 *      the interrupted RSP -> +-----------------+
 *                             | 128 bytes       |  red zone: the function may be using them
 *                  64-aligned | vector state    |  as XSAVE or FXSAVE left it
 *                             | struct sigframe |
 *        the handler's RSP -> | .restorer       |  where it returns to: libc's code that calls sigreturn
 *                             +-----------------+
 *
 * G1  What comes back is ring 3's word. Only registers that it could set itself are taken: no selector, no privileged
 *     flag, no RIP outside user space (IRET would fault in ring 0), no vector state that would fault when loaded.
 */
#include "kernel/sigframe.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/layout.h"
#include "kernel/lib/string.h"
#include "kernel/syscall.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/features.h"
#include "kernel/x86/fpu.h"

#define RED_ZONE      128
#define SS_DISABLE    2
#define UC_FLAGS      6 /* UC_SIGCONTEXT_SS, UC_STRICT_RESTORE_SS */
#define UC_FP_XSTATE  1
#define XSTATE_MAGIC2 0x46505845

/* Linux's struct rt_sigframe for x86-64: ucontext and siginfo behind the return address. */
struct sigframe {
	u64 restorer;
	u64 uc_flags, uc_link;
	u64 stack_sp, stack_flags, stack_size;
	u64 r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
	u16 cs, gs, fs, ss;
	u64 error, vector, oldmask, cr2, fpstate, reserved[8];
	u64 sigmask;
	struct {
		i32 signo, err, code, padding;
		u32 who[2];
		u64 status;
		u64 rest[12];
	} info;
};
_Static_assert(sizeof(struct sigframe) == 440, "Linux's layout");

static void fill(struct sigframe *s, const struct trapframe *f, const struct sigdelivery *d)
{
	*s = (struct sigframe){
		.restorer = d->action.restorer, .uc_flags = UC_FLAGS | (cpu_features.xsave ? UC_FP_XSTATE : 0),
		.stack_flags = SS_DISABLE,
		.r8 = f->r8, .r9 = f->r9, .r10 = f->r10, .r11 = f->r11, .r12 = f->r12, .r13 = f->r13, .r14 = f->r14,
		.r15 = f->r15, .rdi = f->rdi, .rsi = f->rsi, .rbp = f->rbp, .rbx = f->rbx, .rdx = f->rdx,
		.rax = f->rax, .rcx = f->rcx, .rsp = f->rsp, .rip = f->rip, .rflags = f->rflags,
		.cs = (u16)f->cs, .ss = (u16)f->ss, .error = f->error,
		.vector = f->vector < TRAP_TIMER ? f->vector : 0, .oldmask = d->blocked, .sigmask = d->blocked,
		.info = {.signo = d->signal, .code = d->origin.code, .who = {d->origin.who[0], d->origin.who[1]},
			 .status = d->origin.status},
	};
	if (f->vector == TRAP_PF)
		s->cr2 = d->origin.who[0] | (u64)d->origin.who[1] << 32;
}

/* The state goes first, so that what is below can say where it is. 0 or -EFAULT. */
static int fpu_push(u64 *sp, void *area)
{
	static const u32 magic2 = XSTATE_MAGIC2;
	u64 size = fpu_size() + (cpu_features.xsave ? sizeof(magic2) : 0);

	*sp = ALIGN_DOWN(*sp - size, 64);
	fpu_save(area);
	fpu_describe(area);
	if (copy_to_user(uva(*sp), area, fpu_size()))
		return -EFAULT;
	return copy_to_user(uva(*sp + fpu_size()), &magic2, size - fpu_size());
}

void sigframe_push(struct trapframe *f, const struct sigdelivery *d)
{
	u64 sp = f->rsp - RED_ZONE;
	struct sigframe s;
	int err;

	fill(&s, f, d);
	err = fpu_push(&sp, thread_current()->fpu);
	s.fpstate = sp;
	sp = ALIGN_DOWN(sp - sizeof(s), 16) - sizeof(s.restorer); /* as a call leaves it */
	if (err || copy_to_user(uva(sp), &s, sizeof(s)) || d->action.handler >= USER_TOP ||
	    !(d->action.flags & SA_RESTORER))
		process_exit(status_signalled(SIGSEGV));
	f->rdi = (u64)d->signal;
	f->rsi = sp + offsetof(struct sigframe, info);
	f->rdx = sp + offsetof(struct sigframe, uc_flags);
	f->rax = 0;
	f->rsp = sp;
	f->rip = d->action.handler;
	f->rflags &= ~(u64)(RFLAGS_DF | RFLAGS_TF);
}

void sigframe_deliver(struct trapframe *f)
{
	struct sigdelivery d;

	while (signal_deliver(&d))
		sigframe_push(f, &d);
}

/* The vector state at `from`; none there: as exec leaves it. 0 or -EFAULT. */
static int fpu_pop(u64 from, void *area)
{
	u8 copy[FPU_AREA_MAX] __attribute__((aligned(64))); /* a fault on the way may save registers into `area` */

	fpu_reset(copy);
	if (from && copy_from_user(copy, uva(from), fpu_size()))
		return -EFAULT;
	fpu_sanitize(copy);
	memcpy(area, copy, fpu_size());
	fpu_load(area);
	return 0;
}

/* G1. RAX, too, is what it was: of an interrupted call, what it is to return. */
i64 sys_rt_sigreturn(struct thread *self, struct trapframe *f)
{
	struct sigframe s;

	if (copy_from_user(&s, uva(f->rsp - sizeof(s.restorer)), sizeof(s)) || s.rip >= USER_TOP ||
	    fpu_pop(s.fpstate, self->fpu)) {
		signal_fault(SIGSEGV, SI_KERNEL, 0);
		return 0;
	}
	signal_set_blocked(s.sigmask);
	*f = (struct trapframe){
		.r8 = s.r8, .r9 = s.r9, .r10 = s.r10, .r11 = s.r11, .r12 = s.r12, .r13 = s.r13, .r14 = s.r14,
		.r15 = s.r15, .rdi = s.rdi, .rsi = s.rsi, .rbp = s.rbp, .rbx = s.rbx, .rdx = s.rdx, .rax = s.rax,
		.rcx = s.rcx, .rsp = s.rsp, .rip = s.rip, .cs = f->cs, .ss = f->ss, .vector = f->vector,
		.rflags = (f->rflags & ~(u64)RFLAGS_USER) | (s.rflags & RFLAGS_USER),
	};
	return (i64)f->rax;
}
