/* t_arch_prctl - the bases of FS and GS: set, told, used, inherited, kept across switches, refused. */
#include "tap.h"

#define SET_GS 0x1001
#define SET_FS 0x1002
#define GET_FS 0x1003
#define GET_GS 0x1004

static unsigned long words[2] = {0x1111222233334444, 0x5555666677778888};

static unsigned long gs_word(void)
{
	unsigned long value;

	__asm__ volatile("mov %%gs:0, %0" : "=r"(value));
	return value;
}

static unsigned long get(int which)
{
	unsigned long value = 77;

	return sc(SYS_arch_prctl, which, &value) == 0 ? value : 99;
}

static void gs(void)
{
	eq(get(GET_GS), 0, "GS starts at 0");
	eq(sc(SYS_arch_prctl, SET_GS, words), 0, "ARCH_SET_GS");
	ok(get(GET_GS) == (unsigned long)words, "ARCH_GET_GS tells it");
	ok(gs_word() == words[0], "and memory is reached through it");
	sc(SYS_arch_prctl, SET_GS, words + 1);
	ok(gs_word() == words[1], "set again");
	sc(SYS_sched_yield);
	sleep_ms(1);
	ok(gs_word() == words[1], "it stays across a sleep");
}

/* libc's thread pointer lives at FS: it is moved for a moment, without libc in between, and put back. */
static void fs(void)
{
	unsigned long old = get(GET_FS), self, there, told;

	__asm__ volatile("mov %%fs:0, %0" : "=r"(self));
	ok(old == self, "FS points to libc's own record");
	sc(SYS_arch_prctl, SET_FS, words);
	__asm__ volatile("mov %%fs:0, %0" : "=r"(there));
	sc(SYS_arch_prctl, GET_FS, &told);
	sc(SYS_arch_prctl, SET_FS, old);
	ok(there == words[0], "ARCH_SET_FS");
	ok(told == (unsigned long)words, "ARCH_GET_FS tells it");
	ok(get(GET_FS) == old, "and it is put back");
}

static void in_fork(void *unused)
{
	(void)unused;
	if (gs_word() != words[1])
		_exit(1);
	sc(SYS_arch_prctl, SET_GS, words);
	_exit(gs_word() == words[0] ? 0 : 2);
}

static void inherited(void)
{
	eq(status_of(in_fork, 0), EXITED(0), "a child inherits GS and sets its own");
	ok(gs_word() == words[1], "the parent's stays");
}

static void switching(void)
{
	int pids[3], good = 0;

	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			unsigned long mine = i * 1000 + 7;

			sc(SYS_arch_prctl, SET_GS, &mine);
			for (int j = 0; j < 50; j++) {
				sc(SYS_sched_yield);
				if (gs_word() != mine)
					_exit(1);
			}
			for (int j = 0; j < 100000; j++)
				if (gs_word() != mine)
					_exit(2);
			_exit(0);
		}
	}
	for (int i = 0; i < 3; i++)
		good += wait_for(pids[i]) == EXITED(0);
	eq(good, 3, "three processes keep three bases");
	ok(gs_word() == words[1], "and the parent its own");
}

static void refused(void)
{
	for (int i = 1; i < BAD_POINTERS; i++) {
		eq(sc(SYS_arch_prctl, SET_GS, bad_pointers[i]), -EPERM, "EPERM: GS to bad pointer %d", i);
		eq(sc(SYS_arch_prctl, SET_FS, bad_pointers[i]), -EPERM, "EPERM: FS to bad pointer %d", i);
	}
	for (int i = 0; i < BAD_POINTERS; i++) {
		eq(sc(SYS_arch_prctl, GET_GS, bad_pointers[i]), -EFAULT, "EFAULT: told to bad pointer %d", i);
		eq(sc(SYS_arch_prctl, GET_FS, bad_pointers[i]), -EFAULT, "EFAULT: FS told to bad pointer %d",
		   i);
	}
	eq(sc(SYS_arch_prctl, 0, words), -EINVAL, "EINVAL: unknown code");
	eq(sc(SYS_arch_prctl, -1, words), -EINVAL, "EINVAL: code -1");
	ok(gs_word() == words[1], "refused calls change nothing");
}

static void exec_resets(void *unused)
{
	(void)unused;
	exec_self("--gs", 0);
	_exit(111);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--gs"))
		return get(GET_GS) == 0 ? 0 : 1;
	gs();
	fs();
	inherited();
	switching();
	refused();
	eq(status_of(exec_resets, 0), EXITED(0), "exec starts with GS at 0");
	return tap_done();
}
