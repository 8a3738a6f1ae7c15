/*
 * trap.c - every vector but the system call: page faults, other exceptions, interrupts. What must travel
 * upward through the floors (a tick, a fault, a key) enters here and is called downward.
 *
 * Called by kernel/x86/entry.S with interrupts off.
 */
#include "ipc/console.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/layout.h"
#include "kernel/lib/log.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/trace.h"
#include "kernel/sigframe.h"
#include "kernel/trap.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/serial.h"
#include "mm/kstack.h"
#include "mm/tlb_model.h"
#include "mm/usercopy.h"
#include "sched/mutex.h"
#include "sched/process.h"
#include "sched/sched.h"

extern const char __entry_text_start[], __entry_text_end[];

static const struct {
	const char *name;
	int signal; /* Linux's, for ring 3 */
	int code;   /* si_code, where si_addr is RIP; 0: SI_KERNEL, without an address */
} exceptions[32] = {
	[TRAP_DE] = {"divide error", SIGFPE, 1},
	[TRAP_DB] = {"debug trap", SIGTRAP, 2},
	[TRAP_BP] = {"breakpoint", SIGTRAP, 0},
	[TRAP_OF] = {"overflow", SIGSEGV, 0},
	[TRAP_BR] = {"bound range", SIGSEGV, 0},
	[TRAP_UD] = {"invalid opcode", SIGILL, 2},
	[TRAP_NM] = {"no FPU", SIGSEGV, 0},
	[TRAP_DF] = {"double fault", SIGSEGV, 0},
	[TRAP_TS] = {"invalid TSS", SIGSEGV, 0},
	[TRAP_NP] = {"segment not present", SIGBUS, 0},
	[TRAP_SS] = {"stack segment", SIGBUS, 0},
	[TRAP_GP] = {"general protection", SIGSEGV, 0},
	[TRAP_PF] = {"page fault", SIGSEGV, 0},
	[TRAP_MF] = {"x87 exception", SIGFPE, 14},
	[TRAP_AC] = {"alignment check", SIGBUS, 0},
	[TRAP_MC] = {"machine check", SIGBUS, 0},
	[TRAP_XM] = {"SIMD exception", SIGFPE, 14},
};

static const char *exception_name(u64 vector)
{
	return vector < ARRAY_SIZE(exceptions) && exceptions[vector].name ? exceptions[vector].name : "unknown";
}

/* What kept the kernel from that page, if it is no mere mistake. */
static const char *guarded_by(const struct trapframe *f, u64 va)
{
	if (kstack_is_guard(va))
		return ": a kernel stack overflowed into its guard page";
	if (f->vector != TRAP_PF || va >= USER_TOP || !(f->error & PF_PRESENT))
		return "";
	return f->error & PF_FETCH ? ": a page of ring 3, which ring 0 does not execute (SMEP)"
				   : ": a page of ring 3, which ring 0 touches in user copies only (SMAP)";
}

static _Noreturn void kernel_fault(const struct trapframe *f, u64 va)
{
	if (f->vector == TRAP_PF || f->vector == TRAP_DF)
		panic_at(f, "%s at %#lx in the kernel, error %#lx%s", exception_name(f->vector), va, f->error,
			 guarded_by(f, va));
	panic_at(f, "%s in the kernel, error %#lx", exception_name(f->vector), f->error);
}

static const char *access_name(u64 error)
{
	return error & PF_FETCH ? "execute" : error & PF_WRITE ? "write" : "read";
}

static int fault_signal(int err)
{
	return err == -ENOMEM ? SIGKILL : err == -ENXIO ? SIGBUS : SIGSEGV;
}

static void user_page_fault(const struct trapframe *f, struct process *p, u64 va, int err)
{
	char what[80];

	mutex_lock(&p->aspace->lock);
	aspace_describe(p->aspace, va, what, sizeof what);
	mutex_unlock(&p->aspace->lock);
	log_info("pid %d (%s): page fault at %#lx (%s), %s%s, rip %#lx: signal %d", p->pid, p->name, va, what,
		 access_name(f->error), err == -ENOMEM ? ", out of memory" : "", f->rip, fault_signal(err));
	signal_fault(fault_signal(err), err == -EFAULT ? 1 : 2, va);
}

static int resolve(struct aspace *as, u64 va, u64 error)
{
	int err;

	mutex_lock(&as->lock);
	err = aspace_fault(as, va, error);
	mutex_unlock(&as->lock);
	return err;
}

static void page_fault(struct trapframe *f)
{
	u64 va = read_cr2(), fixup = 0;
	struct thread *t = thread_current();
	int err;

	trace_record(TRACE_FAULT, va, f->error);
	if (!frame_from_user(f))
		fixup = usercopy_fixup(f->rip);
	if ((f->error & PF_RSVD) || !t || !t->aspace || (!frame_from_user(f) && !fixup))
		kernel_fault(f, va);
	if (fixup && usercopy_peeks(f->rip)) {
		f->rip = fixup;
		return;
	}
	irq_enable();
	err = resolve(t->aspace, va, f->error);
	/* Ring 3 makes supervisor accesses to descriptor tables alone, which no region holds. QEMU's TCG pops for
	 * IRET and far RET in ring 3 as supervisor, which SMAP refuses for ever. */
	if (!err && frame_from_user(f) && !(f->error & PF_USER))
		err = -EACCES;
	t->faults += !err;
	if (err && fixup)
		f->rip = fixup;
	else if (err)
		user_page_fault(f, t->process, va, err);
	irq_disable();
}

static bool in_entry_text(u64 ip)
{
	return ip >= (u64)__entry_text_start && ip < (u64)__entry_text_end;
}

static void exception(struct trapframe *f)
{
	struct process *p;
	int signal = exceptions[f->vector].signal, code = exceptions[f->vector].code;

	if (!frame_from_user(f) && f->vector == TRAP_DB && in_entry_text(f->rip)) {
		f->rflags &= ~RFLAGS_TF; /* ring 3's MOV SS before SYSCALL put its debug trap off until here */
		return;
	}
	if (!frame_from_user(f))
		kernel_fault(f, read_cr2());
	p = process_current();
	log_info("pid %d (%s): %s, error %#lx, rip %#lx: signal %d", p->pid, p->name, exception_name(f->vector),
		 f->error, f->rip, signal);
	irq_enable();
	signal_fault(signal ? signal : SIGSEGV, code ? code : SI_KERNEL, code ? f->rip : 0);
	irq_disable();
}

static void interrupt(struct trapframe *f)
{
	switch (f->vector) {
	case TRAP_TIMER:
		sched_tick(frame_from_user(f));
		break;
	case TRAP_COM1:
		console_interrupt(COM1);
		break;
	case TRAP_COM2:
		console_interrupt(COM2);
		break;
	case TRAP_SHOOTDOWN:
		tlb_serve();
		break;
	case TRAP_RESCHEDULE:
		sched_poke();
		break;
	case TRAP_SPURIOUS:
		return; /* no end of interrupt for these, SDM 3A 10.9 */
	default:
		log_error("interrupt: vector %#lx has no owner", f->vector);
	}
	apic_eoi();
}

void trap_before_user(void)
{
	struct cpu *c = cpu_this();
	struct thread *t = c->current;

	irq_disable();
	while (unlikely(t->handoff || c->resched || thread_signalled(t))) {
		if (thread_signalled(t)) {
			irq_enable();
			sigframe_deliver(thread_frame(t));
			irq_disable();
		} else {
			sched_before_user();
			c = cpu_this();
		}
	}
	lock_assert_none_held("return to ring 3");
	TLB_TELL(none_owed("it returns to ring 3"));
}

void trap_enter(struct trapframe *f)
{
	if (f->vector == TRAP_NMI) {
		if (panicking())
			arch_panic_answer(f);
		cpu_this()->nmi_count++;
		return;
	}
	if (f->vector == TRAP_PF)
		page_fault(f);
	else if (f->vector < ARRAY_SIZE(exceptions))
		exception(f);
	else
		interrupt(f);
	if (frame_from_user(f))
		trap_before_user();
}
