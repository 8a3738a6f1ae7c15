/*
 * sys_wait.c - wait4 and waitid.
 */
#include "kernel/lib/errno.h"
#include "kernel/syscall.h"

#define W_OPTIONS      (WNOHANG | WUNTRACED | WCONTINUED)
#define WAITID_OPTIONS (W_OPTIONS | WEXITED | WNOWAIT)
#define W_THREADS      0xe0000000u /* __WALL, __WCLONE, __WNOTHREAD: accepted, no difference here */

enum { P_ALL, P_PID, P_PGID };

/* The head of Linux's siginfo_t as waitid fills it; 128 bytes in all. */
struct siginfo_abi {
	i32 signo, err, code, pad;
	i32 pid;
	u32 uid;
	i32 status;
	u8 rest[100];
};

i64 sys_wait4(struct thread *self, struct trapframe *f)
{
	i32 selector = arg_int(f, 0);
	uva_t status = arg_uva(f, 1), usage = arg_uva(f, 3);
	u32 options = (u32)arg(f, 2);
	struct wait_result r;
	int err;

	if (options & ~(W_OPTIONS | W_THREADS))
		return -EINVAL;
	if (selector == INT32_MIN)
		return -ESRCH;
	err = process_wait(selector == -1 ? WAIT_ANY : selector, options | WEXITED, &r);
	if (!err && r.pid && status.v)
		err = copy_to_user(status, &r.status, sizeof r.status);
	if (!err && r.pid && usage.v)
		err = put_rusage(usage, &r.usage);
	return err ? err : r.pid;
}

/* waitid's (type, id) as process_wait()'s selector; false where Linux says EINVAL. */
static bool selector_from(u32 type, i32 id, i32 *out)
{
	switch (type) {
	case P_ALL:
		*out = WAIT_ANY;
		return true;
	case P_PID:
		*out = id;
		return id > 0;
	case P_PGID:
		*out = id > 0 ? -id : 0;
		return id >= 0;
	default:
		return false;
	}
}

/* The fields are written whatever the result is, and a bad pointer to them comes before it: as on Linux. */
i64 sys_waitid(struct thread *self, struct trapframe *f)
{
	uva_t info = arg_uva(f, 2);
	u32 options = (u32)arg(f, 3);
	struct siginfo_abi s = {0};
	struct wait_result r;
	i32 selector;
	int err = -EINVAL;

	if (!(options & ~(WAITID_OPTIONS | W_THREADS)) && (options & (WEXITED | WUNTRACED | WCONTINUED)) &&
	    selector_from((u32)arg(f, 0), arg_int(f, 1), &selector))
		err = process_wait(selector, options, &r);
	if (!err && r.pid) {
		s = (struct siginfo_abi){.signo = SIGCHLD, .pid = r.pid, .uid = r.uid};
		wait_status_split(r.status, &s.code, &s.status);
		if (arg(f, 4) && put_rusage(arg_uva(f, 4), &r.usage))
			return -EFAULT;
	}
	/* Linux leaves the bytes behind the union's fields alone */
	if (info.v && copy_to_user(info, &s, offsetof(struct siginfo_abi, rest)))
		return -EFAULT;
	return err;
}
