/*
 * t_nice_users - who may change whose nice value, class and CPUs: owner, root, RLIMIT_NICE.
 */
#include <sched.h>
#include <sys/resource.h>

#include "users.h"

static int other; /* of BOB */
static unsigned caps[6];

static long as_ann(void *what)
{
	const struct sched_param none = {.sched_priority = 0};
	unsigned long mask[16] = {~0ul};

	if (become(ANN))
		return 99;
	switch ((long)what) {
	case 0: return sc(SYS_setpriority, PRIO_PROCESS, 0, 3);
	case 1: return sc(SYS_setpriority, PRIO_PROCESS, 0, -1);
	case 2: return sc(SYS_setpriority, PRIO_PROCESS, other, 3);
	case 3: return sc(SYS_setpriority, PRIO_USER, BOB, 3);
	case 4: return sc(SYS_getpriority, PRIO_PROCESS, other);
	case 5: return sc(SYS_sched_setaffinity, other, sizeof mask, mask);
	case 6: return sc(SYS_sched_setscheduler, other, SCHED_BATCH, &none);
	case 7: return sc(SYS_sched_setscheduler, 0, SCHED_FIFO, &(struct sched_param){.sched_priority = 1});
	case 8: sc(SYS_sched_setscheduler, 0, SCHED_IDLE, &none);
		return sc(SYS_sched_setscheduler, 0, SCHED_OTHER, &none);
	case 9: sc(SYS_setpriority, PRIO_USER, 0, 6);
		return sc(SYS_getpriority, PRIO_PROCESS, 0);
	default: return sc(SYS_sched_getaffinity, other, sizeof mask, mask) >= 8;
	}
}

/* RLIMIT_NICE of 22 admits down to -2. */
static long limited(void *nice)
{
	struct rlimit limit = {22, 22};

	if (setrlimit(RLIMIT_NICE, &limit))
		return 98; /* a container that keeps CAP_SYS_RESOURCE from root */
	if (become(ANN))
		return 99;
	return sc(SYS_setpriority, PRIO_PROCESS, 0, (long)nice);
}

int main(void)
{
	unsigned header[2] = {0x20080522, 0};
	int may_limit = sc(SYS_capget, header, caps) || caps[0] & 1 << 24; /* CAP_SYS_RESOURCE */

	if (users_skip())
		return 0;
	other = fork();
	if (other == 0) {
		if (become(BOB))
			_exit(1);
		for (;;)
			pause();
	}
	while (sc(SYS_getpriority, PRIO_USER, BOB) == -ESRCH)
		sleep_ms(1);
	eq(in_child(as_ann, (void *)0), 0, "nicer: anybody");
	eq(in_child(as_ann, (void *)1), -EACCES, "EACCES: less nice");
	ok(in_child(limited, (void *)-2l) == (may_limit ? 0 : 98), "less nice within RLIMIT_NICE");
	ok(in_child(limited, (void *)-3l) == (may_limit ? -EACCES : 98), "and beyond it");
	eq(in_child(as_ann, (void *)2), -EPERM, "EPERM: another user's");
	eq(in_child(as_ann, (void *)3), -EPERM, "all of another user's");
	eq(in_child(as_ann, (void *)4), 20, "looking is free");
	eq(in_child(as_ann, (void *)5), -EPERM, "another user's CPUs");
	eq(in_child(as_ann, (void *)10), 1, "looking is free");
	eq(in_child(as_ann, (void *)6), -EPERM, "another user's class");
	eq(in_child(as_ann, (void *)7), -EPERM, "a class before all others");
	eq(in_child(as_ann, (void *)8), -EPERM, "out of SCHED_IDLE");
	eq(in_child(as_ann, (void *)9), 14, "all of one's own");
	eq(sc(SYS_setpriority, PRIO_USER, BOB, -7), 0, "root: all of a user's, and less nice");
	eq(sc(SYS_getpriority, PRIO_PROCESS, other), 27, "it took");
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	return tap_done();
}
