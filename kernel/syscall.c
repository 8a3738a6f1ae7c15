/*
 * syscall.c - the dispatch table, made from kernel/abi/syscalls.def, and the way in and out of a call.
 */
#include "kernel/syscall.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/log.h"
#include "kernel/lib/trace.h"
#include "kernel/sigframe.h"
#include "kernel/trap.h"
#include "kernel/x86/asm.h"

static const syscall_fn table[] = {
#define SYSCALL(number, name, kinds) [number] = sys_##name,
#include "kernel/abi/syscalls.def"
#undef SYSCALL
};

/* Linux's names of all numbers; the build makes the list from the C library's <sys/syscall.h>. */
static const char *const names[] = {
#include "syscall_names.h"
};

/* One line for each program and number: after exec it is another program. */
static __attribute__((noinline)) i64 unknown(struct thread *self, u32 number)
{
	const char *name = number < ARRAY_SIZE(names) && names[number] ? names[number] : "no call of Linux's";
	struct process *p = self->process;
	u64 bit = BIT(number % 64), *word = &p->unknown_calls[MIN(number / 64, ARRAY_SIZE(p->unknown_calls) - 1)];

	if (!(__atomic_fetch_or(word, bit, __ATOMIC_RELAXED) & bit))
		log_info("pid %d (%s): system call %u (%s) is not known here: ENOSYS", p->pid, p->name, number, name);
	return -ENOSYS;
}

enum {
#define SYSCALL(number, name, kinds) SYS_##name = number,
#include "kernel/abi/syscalls.def"
#undef SYSCALL
};

/* SA_RESTART makes the others be made again (signal(7)). */
static bool never_restarted(u32 number, const struct trapframe *f)
{
	switch (number) {
	case SYS_poll:
	case SYS_ppoll:
	case SYS_nanosleep:
	case SYS_clock_nanosleep:
	case SYS_pause:
	case SYS_rt_sigsuspend:
		return true;
	case SYS_futex:
		return arg(f, 3); /* with a time-out */
	default:
		return false;
	}
}

/* A new process or thread never fails for a signal. */
static bool always_restarted(u32 number)
{
	return number == SYS_fork || number == SYS_vfork || number == SYS_clone;
}

static bool restarted_after(const struct sigdelivery *d, u32 number, const struct trapframe *f)
{
	return always_restarted(number) || ((d->action.flags & SA_RESTART) && !never_restarted(number, f));
}

/*
 * A signal ended the call's sleep. Where no handler runs (it was stopped, and goes on) the call is made again, as on
 * Linux; a relative sleep finds its old deadline (thread.h: restarted). A handler finds -EINTR in RAX, or RIP at the
 * SYSCALL instruction and RAX still the number.
 */
static __attribute__((noinline)) i64 restart(struct thread *self, struct trapframe *f, u32 number)
{
	struct sigdelivery d;
	i64 result;

	self->restarted = true;
	do {
		if (signal_deliver(&d)) {
			if (restarted_after(&d, number, f))
				f->rip -= SYSCALL_LENGTH;
			else
				f->rax = (u64)-EINTR;
			sigframe_push(f, &d);
			result = (i64)f->rax;
			break;
		}
		signal_resume_mask();
		result = table[number](self, f);
	} while (result == -EINTR);
	self->restarted = false;
	return result;
}

/* Linux looks at the low 32 bits of RAX, too. */
void syscall_enter(struct trapframe *f)
{
	struct thread *self = thread_current();
	u32 number = (u32)f->rax;
	i64 result;

	trace_record(TRACE_SYSCALL, number, f->rdi);
	if (likely(number < ARRAY_SIZE(table) && table[number]))
		result = table[number](self, f);
	else
		result = unknown(self, number);
	if (unlikely(result == -EINTR && number != SYS_rt_sigreturn))
		result = restart(self, f, number);
	f->rax = (u64)result;
	trap_before_user();
}
