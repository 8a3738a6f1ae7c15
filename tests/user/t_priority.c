/*
 * t_priority - nice, scheduling classes and affinity: values, inheritance, errors and their order. Who may change
 * whose: t_nice_users.c.
 */
#include <sched.h>
#include <sys/resource.h>

#include "tap.h"

#define NOBODY 0x3fffffff /* above any pid that Linux hands out */

static long nice_of(void *unused)
{
	(void)unused;
	return sc(SYS_getpriority, PRIO_PROCESS, 0);
}

static long class_of(void *unused)
{
	(void)unused;
	return sc(SYS_sched_getscheduler, 0);
}

static void nice_values(void)
{
	eq(sc(SYS_getpriority, PRIO_PROCESS, 0), 20, "nice 0 is told as 20");
	eq(sc(SYS_setpriority, PRIO_PROCESS, 0, 5), 0, "less");
	eq(sc(SYS_getpriority, PRIO_PROCESS, getpid()), 15, "nice 5 is told as 15");
	eq(in_child(nice_of, 0), 15, "a child inherits it");
	eq(sc(SYS_setpriority, PRIO_PROCESS, 0, 1000), 0, "far too much");
	eq(nice_of(0), 1, "is 19");
	eq(sc(SYS_setpriority, 3, 0, 0), -EINVAL, "EINVAL: neither a process nor a group nor a user");
	eq(sc(SYS_getpriority, -1, 0), -EINVAL, "and so for getting");
	eq(sc(SYS_setpriority, PRIO_PROCESS, NOBODY, 0), -ESRCH, "ESRCH: no such process");
	eq(sc(SYS_getpriority, PRIO_PROCESS, NOBODY), -ESRCH, "and so for getting");
	eq(sc(SYS_getpriority, PRIO_PGRP, NOBODY), -ESRCH, "no such group");
	eq(sc(SYS_getpriority, PRIO_USER, NOBODY), -ESRCH, "no such user");
}

static long group_of_two(void *unused)
{
	int pid, result;

	(void)unused;
	setpgid(0, 0);
	sc(SYS_setpriority, PRIO_PROCESS, 0, 7);
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	sc(SYS_setpriority, PRIO_PROCESS, pid, 9);
	result = (int)sc(SYS_getpriority, PRIO_PGRP, 0); /* the best of them */
	result = 100 * result + (int)sc(SYS_getpriority, PRIO_PROCESS, pid);
	if (sc(SYS_setpriority, PRIO_PGRP, getpid(), 12))
		result = -1;
	result = 100 * result + (int)sc(SYS_getpriority, PRIO_PROCESS, pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return result;
}

static void classes(void)
{
	const struct sched_param none = {.sched_priority = 0}, one = {.sched_priority = 1};
	struct sched_param got = {.sched_priority = 7};
	struct timespec slice = {7, -1};

	eq(class_of(0), SCHED_OTHER, "the class of everybody");
	eq(sc(SYS_sched_getparam, 0, &got) * 10 + got.sched_priority, 0, "its priority is 0");
	eq(sc(SYS_sched_setscheduler, 0, SCHED_BATCH, &none), 0, "SCHED_BATCH");
	eq(in_child(class_of, 0), SCHED_BATCH, "is inherited");
	eq(sc(SYS_sched_setparam, 0, &none), 0, "setparam keeps the class");
	eq(class_of(0), SCHED_BATCH, "it did");
	eq(sc(SYS_sched_setscheduler, 0, SCHED_IDLE, &none), 0, "SCHED_IDLE");
	eq(sc(SYS_sched_setscheduler, 0, SCHED_OTHER, &one), -EINVAL, "EINVAL: a priority where there are none");
	eq(sc(SYS_sched_setparam, 0, &one), -EINVAL, "and so for setparam");
	eq(sc(SYS_sched_setscheduler, 0, SCHED_FIFO, &none), -EINVAL, "no priority where there must be one");
	eq(sc(SYS_sched_setscheduler, 0, 4, &none), -EINVAL, "no such class");
	eq(sc(SYS_sched_setscheduler, 0, -1, &none), -EINVAL, "nor this");
	eq(sc(SYS_sched_setscheduler, 0, SCHED_OTHER, 0), -EINVAL, "no parameters");
	eq(sc(SYS_sched_setscheduler, -1, SCHED_OTHER, 8), -EINVAL, "a negative pid comes before their address");
	eq(sc(SYS_sched_setscheduler, NOBODY, 4, 8), -EFAULT, "EFAULT: and their address before the rest");
	eq(sc(SYS_sched_setscheduler, NOBODY, 4, &none), -ESRCH, "ESRCH before the class");
	eq(sc(SYS_sched_getscheduler, -1), -EINVAL, "getscheduler: a negative pid");
	eq(sc(SYS_sched_getscheduler, NOBODY), -ESRCH, "no such process");
	eq(sc(SYS_sched_getparam, 0, 0), -EINVAL, "getparam: nowhere to put it");
	eq(sc(SYS_sched_getparam, NOBODY, 8), -ESRCH, "no such process");
	eq(sc(SYS_sched_getparam, 0, 8), -EFAULT, "a bad address");
	eq(sc(SYS_sched_get_priority_max, SCHED_FIFO) * 100 + sc(SYS_sched_get_priority_min, SCHED_RR), 9901,
	   "priorities of classes that have some");
	eq(sc(SYS_sched_get_priority_max, SCHED_BATCH) + sc(SYS_sched_get_priority_min, SCHED_IDLE), 0,
	   "and of others");
	eq(sc(SYS_sched_get_priority_max, 4), -EINVAL, "and of none");
	eq(sc(SYS_sched_get_priority_min, -1), -EINVAL, "and of none");
	eq(sc(SYS_sched_rr_get_interval, 0, &slice), 0, "rr_get_interval");
	ok(slice.tv_sec == 0 && slice.tv_nsec >= 0, "is less than a second");
	eq(sc(SYS_sched_rr_get_interval, -1, &slice), -EINVAL, "a negative pid");
	eq(sc(SYS_sched_rr_get_interval, NOBODY, &slice), -ESRCH, "no such process");
	eq(sc(SYS_sched_rr_get_interval, 0, 8), -EFAULT, "a bad address");
}

/* The CPUs of a child that has been confined to `cpu`: is it that one alone? */
static long confined(void *cpu)
{
	unsigned long mask[16] = {1ul << (long)cpu}, got[16] = {0};
	unsigned here = 99;

	if (sc(SYS_sched_setaffinity, 0, sizeof mask, mask) ||
	    sc(SYS_sched_getaffinity, 0, sizeof got, got) < 8 || got[0] != mask[0])
		return 1;
	return sc(SYS_getcpu, &here, 0, 0) ? 2 : here == (long)cpu ? 0 : 3;
}

static void affinity(void)
{
	unsigned long mask[16] = {0};
	unsigned cpu, node;
	long first;

	ok(sc(SYS_sched_getaffinity, 0, sizeof mask, mask) >= 8 && mask[0], "some CPUs");
	first = __builtin_ctzl(mask[0]);
	eq(in_child(confined, (void *)first), 0, "confined to one of them, told and obeyed");
	eq(sc(SYS_sched_setaffinity, 0, sizeof mask, mask), 0, "to all that there are");
	mask[0] = ~0ul;
	eq(sc(SYS_sched_setaffinity, 0, 8, mask), 0, "to more than there are");
	mask[0] = 0;
	eq(sc(SYS_sched_setaffinity, 0, 8, mask), -EINVAL, "EINVAL: to none");
	eq(sc(SYS_sched_setaffinity, 0, 0, mask), -EINVAL, "a mask of no bytes is empty");
	eq(sc(SYS_sched_setaffinity, NOBODY, 8, 8), -EFAULT, "EFAULT before ESRCH");
	eq(sc(SYS_sched_setaffinity, NOBODY, 8, mask), -ESRCH, "ESRCH before EINVAL");
	eq(sc(SYS_sched_setaffinity, -1, 8, mask), -ESRCH, "no such process either");
	eq(sc(SYS_sched_getaffinity, 0, 0, mask), -EINVAL, "getaffinity: no room");
	eq(sc(SYS_sched_getaffinity, 0, 12, mask), -EINVAL, "not a number of words");
	eq(sc(SYS_sched_getaffinity, NOBODY, 128, mask), -ESRCH, "no such process");
	eq(sc(SYS_sched_getaffinity, 0, 128, 8), -EFAULT, "a bad address");
	eq(sc(SYS_getcpu, &cpu, &node, 0), 0, "getcpu");
	eq(sc(SYS_getcpu, 0, 0, 0), 0, "for nobody");
	eq(sc(SYS_getcpu, 8, 0, 0), -EFAULT, "a bad address");
	eq(sc(SYS_getcpu, &cpu, 8, 0), -EFAULT, "a bad address for the node");
}

int main(void)
{
	nice_values();
	eq(in_child(group_of_two, 0), 131108, "a group: its best; and all of it changes");
	classes();
	affinity();
	return tap_done();
}
