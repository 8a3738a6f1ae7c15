/*
 * worker.c - a worker calls what the dice say, and tells process 1 in batches, which it writes whole.
 *
 * W1  No libc but for copying: FS base is fuzzed, and errno lies behind it.
 * W2  What a child does beyond its parent's life is bounded: it makes some calls and ends.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

static struct batch batch;
static int depth; /* 0: a worker, 1: its child ... */

static void flush(void)
{
	size_t size = offsetof(struct batch, results) + batch.count * sizeof batch.results[0];

	if (batch.count)
		call(SYS_write, REPORT_FD, &batch, size);
	batch.count = 0;
}

static void tell(const struct row *r, long error)
{
	batch.results[batch.count++] = (struct result){(uint8_t)(r - rows), (int16_t)error};
	if (batch.count == BATCH)
		flush();
}

static long error_of(long result)
{
	return result < 0 && result >= -4095 ? -result : 0;
}

static _Noreturn void leave(int status)
{
	for (;;)
		call(SYS_exit_group, status);
}

/* fork for the harness: 0 in the child, which has a batch of its own. */
static int split(void)
{
	long pid = call(SYS_fork);

	if (pid == 0) {
		batch.count = 0;
		depth++;
		own_pid = (int)call(SYS_getpid);
	}
	return (int)pid;
}

/* The wait status, or -1. */
static int reap(int pid)
{
	int status = 0;
	long got;

	do
		got = call(SYS_wait4, pid, &status, 0, 0);
	while (got == -EINTR);
	return got == pid ? status : -1;
}

static void some_calls(int n);

/* ---- one call, in each way to make it */

/* Root has one call in eight made with an allocation that fails. */
static long call_failing(const struct row *r, const long a[6])
{
	int armed = one_in(8) && call(SYS_bh_info, BH_INFO_FAIL_NTH, 1 + below(12), 0, 0) >= 0;
	long result = call6(r->number, a[0], a[1], a[2], a[3], a[4], a[5]);

	if (armed)
		call(SYS_bh_info, BH_INFO_FAIL_NTH, 0, 0, 0);
	return result;
}

/* brk has no errno: it says where the break is. */
static void call_here(const struct row *r, const long a[6])
{
	long result = call_failing(r, a);

	if (r->number == SYS_brk && a[0] && result != a[0])
		result = -ENOMEM;
	tell(r, error_of(result));
}

static void call_fork(const struct row *r, const long a[6])
{
	long result = call_failing(r, a);

	if (result == 0) {
		batch.count = 0;
		depth++;
		own_pid = (int)call(SYS_getpid);
		some_calls((int)below(12));
		flush();
		leave(0);
	}
	tell(r, error_of(result));
}

static void call_in_child(const struct row *r, const long a[6])
{
	int pid = split();

	if (pid == 0) {
		call_here(r, a);
		some_calls((int)below(4));
		flush();
		leave(0);
	}
	if (pid > 0)
		reap(pid);
}

/* The child must end with this status, and with no other. */
static void call_end(const struct row *r, const long a[6])
{
	int pid = split(), status;

	if (pid == 0) {
		call6(r->number, a[0], a[1], a[2], a[3], a[4], a[5]);
		call(SYS_kill, own_pid, SIGABRT); /* it came back */
	}
	if (pid < 0)
		return;
	status = reap(pid);
	tell(r, status == (int)(a[0] & 255) << 8 ? 0 : KILLED);
}

/* Programs end with 0 or 1; a child whose exec failed ends with 128 and more. */
static void call_exec(const struct row *r, const long a[6])
{
	int pid = split(), status;

	if (pid == 0) {
		long error = error_of(call_failing(r, a));

		leave(128 + (int)error);
	}
	if (pid < 0)
		return;
	status = reap(pid);
	if (status & 0x7f || status < 0)
		tell(r, KILLED);
	else
		tell(r, status >> 8 >= 128 ? (status >> 8) - 128 : 0);
}

static volatile int handled;

static void on_signal(int signal)
{
	handled = signal;
}

__asm__(".text; fuzz_restorer: mov $15, %eax; syscall");
extern const char fuzz_restorer[];

/* Signals for `pid` until it has ended, or has had enough. */
static _Noreturn void pester(int pid)
{
	for (int i = 0; i < 200 && call(SYS_kill, pid, SIGUSR1) == 0; i++)
		call(SYS_sched_yield);
	call(SYS_kill, pid, SIGKILL);
	leave(0);
}

/* sigreturn is called by the handler's return; with a frame of its own making now and then. */
static long call_signalled(const struct row *r, const long a[6])
{
	long error;

	if (r->number == SYS_rt_sigreturn && !one_in(8)) {
		call(SYS_kill, own_pid, SIGUSR1);
		return handled == SIGUSR1 ? 0 : KILLED;
	}
	error = error_of(call6(r->number, a[0], a[1], a[2], a[3], a[4], a[5]));
	return error == EINTR ? 0 : error;
}

static void call_signal(const struct row *r, const long a[6])
{
	const uint64_t action[4] = {(uint64_t)on_signal, 0x04000000, (uint64_t)fuzz_restorer, 0}, nothing_blocked = 0;
	int pid = split(), parent, kid;

	if (pid == 0) {
		parent = own_pid;
		call(SYS_rt_sigaction, SIGUSR1, action, 0, 8);
		call(SYS_rt_sigprocmask, SIG_SETMASK, &nothing_blocked, 0, 8);
		kid = split();
		if (kid == 0)
			pester(parent);
		tell(r, call_signalled(r, a));
		flush();
		call(SYS_kill, kid, SIGKILL);
		leave(0);
	}
	if (pid > 0)
		reap(pid);
}

static void call_with_kid(const struct row *r, const long a[6])
{
	if (!one_in(6) && split() == 0)
		leave(3);
	call_here(r, a);
}

static void call_row(const struct row *r)
{
	long a[6];

	arguments_make(r, a);
	switch (r->how) {
	case HOW_FORK:
		call_fork(r, a);
		break;
	case HOW_END:
		call_end(r, a);
		break;
	case HOW_EXEC:
		call_exec(r, a);
		break;
	case HOW_SIGNAL:
		call_signal(r, a);
		break;
	case HOW_KID:
		call_with_kid(r, a);
		break;
	case HOW_CHILD:
		if (depth == 0 && !one_in(20)) {
			call_in_child(r, a);
			break;
		} /* fall through */
	default:
		call_here(r, a);
	}
}

/* ---- which row: of some, that which has succeeded least; what makes processes is left at its goal */

#define ENOUGH 1150

static const struct row *row_of(int some)
{
	unsigned best = below((unsigned)row_count);

	while (--some) {
		unsigned other = below((unsigned)row_count);

		if (successes[other] < successes[best] && rows[other].how != HOW_FIRST)
			best = other;
	}
	return &rows[best];
}

static const struct row *row_choose(void)
{
	for (;;) {
		const struct row *r = row_of(one_in(3) ? 8 : 2);
		int heavy = r->how != HOW_PLAIN;

		if (r->how == HOW_FIRST || (heavy && depth >= 2))
			continue;
		if (heavy && successes[r - rows] > ENOUGH && !one_in(16))
			continue;
		return r;
	}
}

static void some_calls(int n)
{
	while (n--)
		call_row(row_choose());
}

/* What the calls did to itself is put right again now and then. */
static void refresh(void)
{
	static const uint64_t nothing_blocked;
	int status;

	memory_reset();
	descriptors_reset();
	call(SYS_rt_sigprocmask, SIG_SETMASK, &nothing_blocked, 0, 8);
	while (call(SYS_wait4, -1, &status, WNOHANG, 0) > 0)
		;
}

_Noreturn void worker_run(int number, uint64_t seed, int calls, uint32_t uid)
{
	random_state = seed;
	batch.worker = (uint16_t)number;
	own_pid = (int)call(SYS_getpid);
	call(SYS_setpgid, 0, 0);
	if (uid) {
		call(SYS_setresgid, uid, uid, uid);
		call(SYS_setresuid, uid, uid, uid);
	}
	memory_reset();
	if (number % 4 < 2)
		race_start(random64());
	for (int i = 0; i < calls; i++) {
		if (i % 128 == 0)
			refresh();
		some_calls(1);
	}
	flush();
	leave(0);
}
