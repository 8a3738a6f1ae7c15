/*
 * sys_misc.c - calls that need a page each of no other file: names, bases, randomness, the end of
 * the machine.
 */
#include "ipc/console.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/layout.h"
#include "kernel/lib/log.h"
#include "kernel/lib/string.h"
#include "kernel/random.h"
#include "kernel/syscall.h"
#include "kernel/x86/power.h"
#include "kernel/x86/user_registers.h"

i64 sys_uname(struct thread *self, struct trapframe *f)
{
	/* struct new_utsname. The system's name is that of the ABI that programs look for. */
	static const char names[6][65] = {"Linux", "bulkhead", "6.1.0-bulkhead", "Bulkhead", "x86_64", "(none)"};

	return copy_to_user(arg_uva(f, 0), names, sizeof names);
}

i64 sys_arch_prctl(struct thread *self, struct trapframe *f)
{
	enum { SET_GS = 0x1001, SET_FS, GET_FS, GET_GS };
	int what = arg_int(f, 0);
	u64 value = arg(f, 1);

	switch (what) {
	case SET_FS:
	case SET_GS:
		if (value >= USER_TOP)
			return -EPERM;
		if (what == SET_FS)
			cpu_set_fs_base(value);
		else
			cpu_set_user_gs_base(value);
		return 0;
	case GET_FS:
	case GET_GS:
		value = what == GET_FS ? cpu_fs_base() : cpu_user_gs_base();
		return copy_to_user(arg_uva(f, 1), &value, sizeof value);
	default:
		return -EINVAL;
	}
}

i64 sys_prctl(struct thread *self, struct trapframe *f)
{
	enum { SET_NAME = 15, GET_NAME = 16 };
	struct process *p = self->process;
	char name[PROCESS_NAME] = "";
	switch (arg_int(f, 0)) {
	case SET_NAME:
		if (copy_string_from_user(name, arg_uva(f, 1), sizeof(name) - 1) == -EFAULT)
			return -EFAULT; /* a name that is too long is cut */
		lock_acquire(&process_lock);
		string_copy(p->name, name, sizeof(p->name));
		lock_release(&process_lock);
		return 0;
	case GET_NAME: /* its own, which nobody else writes */
		string_copy(name, p->name, sizeof(name));
		return copy_to_user(arg_uva(f, 1), name, sizeof(name));
	default:
		return -EINVAL;
	}
}

i64 sys_getrandom(struct thread *self, struct trapframe *f)
{
	enum { NONBLOCK = 1, RANDOM = 2, INSECURE = 4 };
	u64 left = MIN(arg(f, 1), 0x1fffffful); /* Linux's limit for one call */
	u64 flags = arg(f, 2) & 0xffffffff, done = 0;
	u8 bytes[256];

	if ((flags & ~7ull) || (flags & (RANDOM | INSECURE)) == (RANDOM | INSECURE))
		return -EINVAL;
	while (done < left && !signal_pending()) {
		u64 n = MIN(left - done, sizeof bytes), got;

		random_bytes(bytes, n);
		got = copy_to_user_some(uva(arg(f, 0) + done), bytes, n);
		done += got;
		if (got < n)
			break;
	}
	return done || !left ? (i64)done : -EFAULT;
}

i64 sys_reboot(struct thread *self, struct trapframe *f)
{
	u32 magic1 = (u32)arg(f, 0), magic2 = (u32)arg(f, 1);

	if (!cred_privileged(&self->process->cred))
		return -EPERM;
	if (magic1 != 0xfee1dead ||
	    (magic2 != 672274793 && magic2 != 85072278 && magic2 != 369367448 && magic2 != 537993216))
		return -EINVAL;
	switch ((u32)arg(f, 2)) {
	case 0x00000000: /* Ctrl-Alt-Del off, on: there is none */
	case 0x89abcdef:
		return 0;
	case 0x01234567:
		log_info("restart");
		power_restart();
	case 0xcdef0123:
	case 0x4321fedc:
		log_info("power off");
		power_off();
	default:
		return -EINVAL;
	}
}

i64 sys_bh_report(struct thread *self, struct trapframe *f)
{
	return self->process->pid == 1 ? console_report(arg_int(f, 0)) : -EPERM;
}
