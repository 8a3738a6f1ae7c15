/* t_thread_clone - threads by the bare clone(2): what is refused, numbers, the words that it writes and wakes. */
#include "threads.h"

#include <sys/stat.h>

static int go, seen_pid, seen_tid, seen_child, parent_word, child_word;

static void refused(void)
{
	long vm = CLONE_VM, sig = CLONE_SIGHAND, thread = CLONE_THREAD;

	eq(sc(SYS_clone, thread, 0, 0, 0, 0), -EINVAL, "CLONE_THREAD alone");
	eq(sc(SYS_clone, thread | vm, 0, 0, 0, 0), -EINVAL, "CLONE_THREAD without CLONE_SIGHAND");
	eq(sc(SYS_clone, thread | sig, 0, 0, 0, 0), -EINVAL, "CLONE_THREAD and CLONE_SIGHAND without CLONE_VM");
	eq(sc(SYS_clone, sig | SIGCHLD, 0, 0, 0, 0), -EINVAL, "CLONE_SIGHAND without CLONE_VM");
	eq(sc(SYS_clone, RAW_FLAGS | CLONE_SETTLS, 0, 0, 0, bad_pointers[2]), -EPERM, "a thread pointer in the kernel");
}

/* Until the other has gone to sleep. */
static void linger(void)
{
	struct timespec t = {0, 20000000};

	sc(SYS_nanosleep, &t, 0);
}

static int tell(void *unused)
{
	(void)unused;
	seen_child = child_word;
	seen_pid = sc(SYS_getpid);
	seen_tid = sc(SYS_gettid);
	await_set(&go);
	linger();
	return 0;
}

static void numbers(void)
{
	long flags = RAW_FLAGS | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
	long tid = clone_raw(flags, tell, 0, &parent_word, &child_word);
	int status;

	ok(tid > 0, "clone of a thread gives its tid");
	eq(parent_word, tid, "CLONE_PARENT_SETTID wrote it before it returned");
	ok(becomes(&seen_tid, tid), "gettid in the thread says the same");
	eq(seen_child, tid, "CLONE_CHILD_SETTID wrote it before the thread ran");
	eq(seen_pid, getpid(), "getpid is the process's");
	ok(sc(SYS_gettid) == getpid() && tid != getpid(), "the leader's tid is the pid");
	eq(sc(SYS_wait4, tid, &status, WNOHANG, 0), -ECHILD, "a thread is no child");
	eq(sc(SYS_wait4, -1, &status, __WALL | WNOHANG, 0), -ECHILD, "of any kind");
	eq(sc(SYS_tgkill, getpid(), tid, 0), 0, "tgkill finds it");
	eq(sc(SYS_tkill, tid, 0), 0, "so does tkill");
	eq(sc(SYS_tgkill, tid, tid, 0), -ESRCH, "not as a process of its own");
	eq(sc(SYS_tgkill, getppid(), tid, 0), -ESRCH, "nor in another process");
	eq(sc(SYS_tgkill, getpid(), tid, 99), -EINVAL, "a signal that does not exist");
	eq(sc(SYS_tgkill, 0, tid, 0), -EINVAL, "tgid 0");
	eq(sc(SYS_tgkill, getpid(), 0, 0), -EINVAL, "tid 0");
	eq(sc(SYS_tkill, -1, 0), -EINVAL, "tkill -1");
	set(&go);
	await_clear(&child_word);
	ok(1, "CLONE_CHILD_CLEARTID zeroed the word and woke us");
	for (int i = 0; i < 10000 && sc(SYS_tgkill, getpid(), tid, 0) == 0; i++)
		sleep_ms(1);
	eq(sc(SYS_tgkill, getpid(), tid, 0), -ESRCH, "the thread is gone");
	eq(sc(SYS_tkill, tid, 0), -ESRCH, "for tkill too");
}

static int clears(void *word)
{
	sc(SYS_set_tid_address, word);
	linger();
	return 0;
}

static void words(void)
{
	static int word = 1;

	thread_raw(clears, &word);
	await_clear(&word);
	ok(1, "set_tid_address in a thread does the same");
	go = 0;
	thread_raw(clears, bad_pointers[2]);
	thread_raw(clears, (char *)&word + 1);
	thread_raw(clears, (void *)tap_done); /* read-only */
	sleep_ms(50);
	ok(1, "bad addresses to clear do no harm");
}

static int opens(void *fd)
{
	*(int *)fd = sc(SYS_dup, 1);
	sc(SYS_umask, 0123);
	return 0;
}

static void shares(void)
{
	static int fd = -1;
	int seen = 0;

	umask(022);
	thread_raw(opens, &fd);
	ok(becomes(&fd, 3), "a thread's new descriptor");
	eq(close(3), 0, "is the process's");
	for (int i = 0; i < 10000 && !seen; i++) {
		seen = umask(0) == 0123;
		sleep_ms(1);
	}
	ok(seen, "so is its umask");
}

int main(void)
{
	refused();
	numbers();
	words();
	shares();
	return tap_done();
}
