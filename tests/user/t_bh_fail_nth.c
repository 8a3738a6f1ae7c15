/* t_bh_fail_nth - every call that allocates, with its first, second, ... allocation failing until none does: it says
 * ENOMEM (or EAGAIN, or less than all), and leaves nothing behind. */
/* suite: bulkhead only */
#include "threads.h"

#include <mqueue.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>

#include "kernel/abi/bulkhead.h"

#define A     ((char *)0x300000000000)
#define TRIES 300

static struct bh_counter counters[64];
static int ends[2], queue;
static char bytes[16 * PAGE];

/* Objects, handles and queues; frames come and go with page tables. */
static uint64_t existing(void)
{
	long size = sc(SYS_bh_info, BH_INFO_COUNTERS, 0, counters, sizeof counters);
	uint64_t n = 0;

	for (long i = 0; i < size / (long)sizeof *counters; i++)
		if (!strcmp(counters[i].name, "objects") || !strcmp(counters[i].name, "handles") ||
		    !strcmp(counters[i].name, "queues"))
			n = n * 65536 + counters[i].value;
	return n;
}

/* ---- one function each: sets up, arms, calls, disarms, undoes */

static long nth;
static int hit;

static long arm(void)
{
	return sc(SYS_bh_info, BH_INFO_FAIL_NTH, nth);
}

static long disarm(long result)
{
	hit = (int)sc(SYS_bh_info, BH_INFO_FAIL_NTH, 0);
	return result;
}

#define TRY(...) (arm(), disarm(sc(__VA_ARGS__)))

static long closing(long fd)
{
	if (fd >= 0)
		sc(SYS_close, fd);
	return fd;
}

static long reaping(long pid)
{
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		wait_for((int)pid);
	return pid;
}

static long unmapping(long result)
{
	sc(SYS_munmap, A, 64 * PAGE);
	return result;
}

static void map_three(void)
{
	mmap(A, 12 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	memset(A, 1, 12 * PAGE);
}

static long try_fork(void) { return reaping(TRY(SYS_fork)); }
static long try_clone(void) { return reaping(TRY(SYS_clone, SIGCHLD)); }
static long try_vfork(void) { return reaping(TRY(SYS_vfork)); }

static int ends_at_once(void *unused)
{
	(void)unused;
	return 0;
}

static long try_thread(void)
{
	static int word;
	long tid;

	word = 1;
	arm();
	tid = disarm(clone_raw(RAW_FLAGS | CLONE_CHILD_CLEARTID, ends_at_once, 0, 0, &word));
	if (tid > 0)
		await_clear(&word);
	while (tid > 0 && sc(SYS_tkill, tid, 0) == 0)
		sc(SYS_sched_yield);
	return tid;
}

static long try_open(void) { return closing(TRY(SYS_open, "/etc/motd", O_RDONLY)); }
static long try_openat(void) { return closing(TRY(SYS_openat, AT_FDCWD, "/bin", O_RDONLY)); }
static long try_stat(void) { return TRY(SYS_stat, "/etc/motd", bytes); }
static long try_lstat(void) { return TRY(SYS_lstat, "/etc/motd", bytes); }
static long try_fstatat(void) { return TRY(SYS_newfstatat, AT_FDCWD, "/bin", bytes, 0); }
static long try_access(void) { return TRY(SYS_access, "/etc/motd", 4); }
static long try_faccessat(void) { return TRY(SYS_faccessat, AT_FDCWD, "/etc/motd", 4); }
static long try_readlink(void) { return TRY(SYS_readlink, "/proc/self/exe", bytes, 100); }
static long try_readlinkat(void) { return TRY(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", bytes, 100); }
static long try_dup(void) { return closing(TRY(SYS_dup, ends[0])); }
static long try_dup2(void) { return closing(TRY(SYS_dup2, ends[0], 900)); }
static long try_dup3(void) { return closing(TRY(SYS_dup3, ends[0], 901, O_CLOEXEC)); }
static long try_fcntl(void) { return closing(TRY(SYS_fcntl, ends[0], F_DUPFD, 800)); }
static long try_mmap(void)
{
	return unmapping(TRY(SYS_mmap, A, 4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
}

static long try_mprotect(void)
{
	map_three();
	return unmapping(TRY(SYS_mprotect, A + 3 * PAGE, 3 * PAGE, PROT_READ));
}

static long try_munmap(void)
{
	map_three();
	return unmapping(TRY(SYS_munmap, A + 3 * PAGE, 3 * PAGE));
}

static long try_mremap(void)
{
	map_three();
	return unmapping(TRY(SYS_mremap, A, 12 * PAGE, 20 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, A + 30 * PAGE));
}

static long try_brk(void)
{
	long at = sc(SYS_brk, 0), result = TRY(SYS_brk, at + 5 * PAGE);

	sc(SYS_brk, at);
	return result == at + 5 * PAGE ? 0 : -ENOMEM;
}

static long pipe_try(long number, long flags)
{
	static int fd[2];
	long result = TRY(number, fd, flags);

	if (!result)
		close(fd[0]), close(fd[1]);
	return result;
}

static long try_pipe(void) { return pipe_try(SYS_pipe, 0); }
static long try_pipe2(void) { return pipe_try(SYS_pipe2, O_NONBLOCK); }

static long drained(long n)
{
	while (sc(SYS_read, ends[0], bytes + 8 * PAGE, 8 * PAGE) > 0)
		;
	return n;
}

static long try_write(void)
{
	long n = drained(TRY(SYS_write, ends[1], bytes, 3 * PAGE));

	return hit && n > 0 ? -ENOMEM : n; /* some of it went, and for the rest it asked again */
}

static struct iovec vector[20];

static void vector_make(void)
{
	for (int i = 0; i < 20; i++)
		vector[i] = (struct iovec){bytes + i * 8, 8};
}

static long try_writev(void) { return drained(TRY(SYS_writev, ends[1], vector, 20)); }

static long try_readv(void)
{
	if (sc(SYS_write, ends[1], bytes, 100) != 100)
		return -EIO;
	return drained(TRY(SYS_readv, ends[0], vector, 20));
}

static long try_mq_open(void)
{
	static struct mq_attr attr = {.mq_maxmsg = 4, .mq_msgsize = 64};
	long fd = closing(TRY(SYS_mq_open, "fail", O_CREAT | O_EXCL | O_RDWR, 0600, &attr));

	if (fd >= 0)
		sc(SYS_mq_unlink, "fail");
	return fd;
}

static long try_mq_send(void)
{
	long result = TRY(SYS_mq_timedsend, queue, bytes, 5000, 1, 0);

	if (!result)
		sc(SYS_mq_timedreceive, queue, bytes + 8 * PAGE, 8192, 0, 0);
	return result;
}

static long try_poll(void)
{
	static struct pollfd set[40];

	for (int i = 0; i < 40; i++)
		set[i] = (struct pollfd){ends[1], POLLOUT, 0};
	return TRY(SYS_poll, set, 40, 0);
}

/* In a child, by whose end it is judged: exec failed, or what it became found no memory for its first pages. */
static long try_execve(void)
{
	static char *argv[] = {"true", "some", "words", 0};
	int pid = fork(), status;

	if (pid == 0) {
		long result;

		memset(bytes, 0, sizeof bytes); /* what was shared since the fork is the child's own now */
		result = TRY(SYS_execve, "/bin/true", argv, argv);
		_exit(hit ? 100 + (result == -ENOMEM) : 99);
	}
	status = wait_for(pid);
	hit = status != 0;
	return status == EXITED(101) || status == KILLED(SIGKILL) ? -ENOMEM : status == 0 ? 0 : -EIO;
}

static const struct {
	const char *name;
	long (*try)(void);
	int least; /* allocations, at least */
} cases[] = {
	{"fork", try_fork, 8}, {"vfork", try_vfork, 8}, {"clone", try_clone, 8},
	{"clone of a thread", try_thread, 2}, {"execve", try_execve, 8},
	{"open", try_open, 2}, {"openat", try_openat, 2}, {"stat", try_stat, 1}, {"lstat", try_lstat, 1},
	{"newfstatat", try_fstatat, 1}, {"access", try_access, 1}, {"faccessat", try_faccessat, 1},
	{"readlink", try_readlink, 1}, {"readlinkat", try_readlinkat, 1}, {"dup", try_dup, 0}, {"dup2", try_dup2, 0},
	{"dup3", try_dup3, 0}, {"fcntl", try_fcntl, 0}, {"mmap", try_mmap, 1}, {"mprotect", try_mprotect, 2},
	{"munmap", try_munmap, 1}, {"mremap", try_mremap, 1}, {"brk", try_brk, 0}, {"pipe", try_pipe, 3},
	{"pipe2", try_pipe2, 3}, {"write", try_write, 2}, {"writev", try_writev, 1}, {"readv", try_readv, 1},
	{"mq_open", try_mq_open, 2}, {"mq_timedsend", try_mq_send, 1}, {"poll", try_poll, 0},
};

/* Whoever has ended may still be buried, on another processor. */
static int comes_back_to(long before)
{
	for (int i = 0; i < 1000 && (long)existing() != before; i++)
		sleep_ms(1);
	return (long)existing() == before;
}

static long existing_at_rest(void)
{
	long seen = (long)existing();

	for (int same = 0; same < 20; same++) {
		sleep_ms(1);
		if ((long)existing() != seen) {
			seen = (long)existing();
			same = 0;
		}
	}
	return seen;
}

/* What other processes do shows as well, but not at the same place every time. */
static int leaks(long (*try)(void), long *before)
{
	for (int tries = 0; tries < 6; tries++) {
		if (comes_back_to(*before))
			return 0;
		*before = existing_at_rest();
		try();
	}
	return !comes_back_to(*before);
}

static void loop(const char *name, long (*try)(void), int least)
{
	long before, result;
	int leaking = 0, wrong = 0, more = 1;

	nth = 0;
	try(); /* what a first time alone allocates: a table that grows, a page that is touched */
	before = existing_at_rest();
	for (nth = 1; nth < TRIES && more; nth++) {
		result = try();
		more = hit;
		wrong += more ? result != -ENOMEM && result != -EAGAIN : result < 0;
		leaking = leaking || leaks(try, &before); /* one is enough, for it takes long to be sure */
	}
	eq(wrong, 0, "%s: ENOMEM as long as one fails, success when none does", name);
	eq(leaking, 0, "%s: nothing is left behind", name);
	ok(nth < TRIES && nth - 2 >= least, "%s: allocates, and comes to an end", name);
}

static long as_somebody(void *unused)
{
	(void)unused;
	sc(SYS_setresuid, 1000, 1000, 1000);
	return sc(SYS_bh_info, BH_INFO_FAIL_NTH, 1);
}

int main(void)
{
	static struct mq_attr attr = {.mq_maxmsg = 4, .mq_msgsize = 8192};

	memset(bytes, 1, sizeof bytes);
	vector_make();
	if (pipe2(ends, O_NONBLOCK))
		return 1;
	queue = (int)sc(SYS_mq_open, "kept", O_CREAT | O_RDWR | O_NONBLOCK, 0600, &attr);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		loop(cases[i].name, cases[i].try, cases[i].least);
	eq(in_child(as_somebody, 0), -EPERM, "EPERM: failing allocations are root's");
	sc(SYS_mq_unlink, "kept");
	return tap_done();
}
