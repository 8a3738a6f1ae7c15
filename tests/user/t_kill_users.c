/*
 * t_kill_users - who may send a signal to whom (kill(2)): a matrix of real, effective and saved ids, groups,
 * everybody, and SIGCONT within a session.
 */
#include "users.h"

static const unsigned who[][3] = {
	{0, 0, 0},       {ANN, ANN, ANN}, {BOB, BOB, BOB}, {ANN, BOB, BOB}, {BOB, ANN, BOB},
	{BOB, BOB, ANN}, {0, ANN, ANN},   {ANN, 0, ANN},   {ANN, ANN, 0},
};
#define WHO ((int)(sizeof who / sizeof who[0]))

static int be(const unsigned *ids)
{
	return sc(SYS_setresuid, ids[0], ids[1], ids[2]);
}

/* A process that is `ids` by now, in the group `group` (0: a new one), and sleeps. */
static int target_as(const unsigned *ids, int group, int session)
{
	int ready[2], pid;
	char byte;

	if (pipe(ready))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		if ((session ? setsid() < 0 : setpgid(0, group)) || be(ids))
			_exit(96);
		pass(ready[1]);
		for (;;)
			pause(), sleep_ms(1000);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		_exit(95);
	close(ready[0]);
	return pid;
}

static void end(int pid)
{
	sc(SYS_kill, pid, SIGKILL);
	wait_for(pid);
}

/* kill(2): the sender's real or effective id equals the target's real or saved one, or it is root. */
static long expected(const unsigned *s, const unsigned *t)
{
	return s[1] == 0 || s[0] == t[0] || s[0] == t[2] || s[1] == t[0] || s[1] == t[2] ? 0 : -EPERM;
}

static int victim, victim_group;

/* All ways to one process agree: 0, or the number of the one that does not. */
static int send(long n)
{
	const unsigned *s = who[n / WHO], *t = who[n % WHO];
	long want = expected(s, t);

	if (be(s))
		return 9;
	return sc(SYS_kill, victim, 0) != want ? 1 : sc(SYS_kill, victim, SIGURG) != want ? 2 :
	       sc(SYS_tkill, victim, SIGURG) != want ? 3 : sc(SYS_tgkill, victim, victim, 0) != want ? 4 :
	       sc(SYS_kill, -victim, SIGURG) != want ? 5 : sc(SYS_kill, victim, SIGCONT) != 0 ? 6 :
	       sc(SYS_kill, victim, 65) != -EINVAL ? 7 : sc(SYS_kill, victim, SIGTERM) != want ? 8 : 0;
}

static void matrix(void)
{
	for (long n = 0; n < WHO * WHO; n++) {
		const unsigned *s = who[n / WHO], *t = who[n % WHO];
		int status;

		victim = target_as(t, 0, 0);
		status = wait_for(child_as(send, n));
		eq(status, EXITED(0), "(%u, %u, %u) to (%u, %u, %u): %s", s[0], s[1], s[2], t[0], t[1], t[2],
		   expected(s, t) ? "EPERM" : "yes");
		if (expected(s, t))
			end(victim);
		else
			eq(wait_for(victim), KILLED(SIGTERM), "and it acts");
	}
}

static int stranger_in_session(long unused)
{
	(void)unused;
	return become(ANN) || sc(SYS_kill, victim, SIGCONT) || sc(SYS_kill, victim, SIGSTOP) != -EPERM ||
	       sc(SYS_kill, victim, SIGHUP) != -EPERM;
}

static int stranger_outside(long unused)
{
	(void)unused;
	return become(ANN) || sc(SYS_kill, victim, SIGCONT) != -EPERM || sc(SYS_kill, -victim, SIGCONT) != -EPERM ||
	       sc(SYS_tkill, victim, SIGCONT) != -EPERM;
}

static int same_user_outside(long unused)
{
	(void)unused;
	return become(BOB) || sc(SYS_kill, victim, SIGCONT) || sc(SYS_kill, victim, 0);
}

static void sessions(void)
{
	victim = target_as(who[2], 0, 0);
	eq(wait_for(child_as(stranger_in_session, 0)), EXITED(0), "within the session SIGCONT, and nothing else");
	end(victim);
	victim = target_as(who[2], 0, 1);
	eq(wait_for(child_as(stranger_outside, 0)), EXITED(0), "outside not even SIGCONT");
	eq(wait_for(child_as(same_user_outside, 0)), EXITED(0), "the same user outside may");
	end(victim);
}

static int to_group(long want)
{
	return become(ANN) || sc(SYS_kill, -victim_group, SIGTERM) != want;
}

static void groups(void)
{
	int bob = target_as(who[2], 0, 0), second = target_as(who[2], bob, 0), ann;

	victim_group = bob;
	eq(wait_for(child_as(to_group, -EPERM)), EXITED(0), "a group of strangers: EPERM");
	ann = target_as(who[1], bob, 0);
	eq(wait_for(child_as(to_group, 0)), EXITED(0), "one of them is mine: 0");
	eq(wait_for(ann), KILLED(SIGTERM), "and that one ends");
	eq(sc(SYS_kill, bob, 0) + sc(SYS_kill, second, 0), 0, "the others live");
	eq(wait_for(child_as(to_group, -EPERM)), EXITED(0), "without it: EPERM again");
	end(bob);
	end(second);
	eq(wait_for(child_as(to_group, -ESRCH)), EXITED(0), "no group any more: ESRCH");
}

static int to_all(long unused)
{
	(void)unused;
	return become(ANN) || sc(SYS_kill, -1, SIGTERM);
}

static int to_nobody(long unused)
{
	(void)unused;
	return become(CYD) || sc(SYS_kill, -1, SIGKILL) || sc(SYS_kill, -1, 65) != -EINVAL;
}

static void everybody(void)
{
	int bob = target_as(who[2], 0, 0), ann = target_as(who[1], 0, 0), saved = target_as(who[5], 0, 0);

	eq(wait_for(child_as(to_nobody, 0)), EXITED(0), "kill(-1) that may reach nobody is 0");
	eq(wait_for(child_as(to_all, 0)), EXITED(0), "kill(-1) by ann");
	eq(wait_for(ann), KILLED(SIGTERM), "reaches ann's");
	eq(wait_for(saved), KILLED(SIGTERM), "and who has ann saved");
	eq(sc(SYS_kill, bob, 0), 0, "and not bob's");
	end(bob);
}

static int to_one(long unused)
{
	(void)unused;
	return become(ANN) || sc(SYS_kill, 1, 0) != -EPERM || sc(SYS_kill, 1, SIGKILL) != -EPERM ||
	       sc(SYS_kill, getppid(), SIGTERM) != -EPERM || sc(SYS_kill, getpid(), 0) || sc(SYS_kill, 0, 0);
}

static int zombie_of_bob(long unused)
{
	(void)unused;
	return become(BOB);
}

static int to_zombie(long want)
{
	return become(want ? ANN : BOB) || sc(SYS_kill, victim, SIGKILL) != want;
}

static void others(void)
{
	siginfo_t info;

	eq(wait_for(child_as(to_one, 0)), EXITED(0), "process 1 and the parent are root's");
	victim = child_as(zombie_of_bob, 0);
	sc(SYS_waitid, P_PID, victim, &info, WEXITED | WNOWAIT, 0);
	eq(wait_for(child_as(to_zombie, -EPERM)), EXITED(0), "a stranger that has ended: EPERM");
	eq(wait_for(child_as(to_zombie, 0)), EXITED(0), "one's own: 0");
	wait_for(victim);
	eq(sc(SYS_kill, 0x3fffffff, 65), -ESRCH, "nobody comes before a wrong signal");
	eq(sc(SYS_tgkill, 0x3fffffff, getpid(), 65), -ESRCH, "in tgkill, too");
}

int main(void)
{
	if (users_skip())
		return 0;
	matrix();
	sessions();
	groups();
	everybody();
	others();
	return tap_done();
}
