/* t_bh_users - what Bulkhead's own calls let a user see, what is root's alone, and where limits differ. */
/* suite: bulkhead only */
#include "users.h"

#include <sys/reboot.h>

#include "kernel/abi/bulkhead.h"

static struct bh_process found[64];
static char bytes[1 << 16];

/* The record of `pid`; NULL: this caller does not see it. */
static struct bh_process *seen(int pid)
{
	long n = sc(SYS_bh_info, BH_INFO_PROCESSES, 0, found, sizeof found);

	for (long i = 0; i < n / (long)sizeof found[0]; i++)
		if (found[i].pid == pid)
			return &found[i];
	return 0;
}

static long sees(void *other)
{
	int pid = (int)(long)other;
	long regions = sc(SYS_bh_info, BH_INFO_REGIONS, pid, bytes, sizeof bytes);

	return regions > 0 && seen(pid) ? 1 : regions == -ESRCH && !seen(pid) ? 0 : -1;
}

struct pair {
	unsigned user[3], group[3], other_user[3], other_group[3];
	int sees;
	const char *text;
};

static const struct pair pairs[] = {
	{{ANN, ANN, ANN}, {ANN, ANN, ANN}, {ANN, ANN, ANN}, {ANN, ANN, ANN}, 1, "one's own"},
	{{ANN, ANN, ANN}, {ANN, ANN, ANN}, {BOB, BOB, BOB}, {BOB, BOB, BOB}, 0, "a stranger's"},
	{{ANN, ANN, ANN}, {ANN, ANN, ANN}, {BOB, BOB, BOB}, {ANN, ANN, ANN}, 0, "a stranger's of the group"},
	{{ANN, ANN, ANN}, {ANN, ANN, ANN}, {ANN, ANN, ANN}, {BOB, BOB, BOB}, 0, "one's own of another group"},
	{{ANN, ANN, ANN}, {ANN, ANN, ANN}, {ANN, ANN, 0}, {ANN, ANN, ANN}, 0, "root's in disguise"},
	{{ANN, ANN, ANN}, {ANN, ANN, ANN}, {ANN, 0, ANN}, {ANN, ANN, ANN}, 0, "root's of real user ann"},
	{{ANN, ANN, ANN}, {ANN, ANN, ANN}, {ANN, ANN, ANN}, {ANN, 0, ANN}, 0, "one's own of root's group"},
	{{ANN, ANN, ANN}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}, 0, "root's"},
	{{0, 0, 0}, {ANN, ANN, ANN}, {BOB, BOB, BOB}, {BOB, BOB, BOB}, 1, "anybody's, by root"},
	{{ANN, 0, ANN}, {ANN, ANN, ANN}, {BOB, BOB, BOB}, {BOB, BOB, BOB}, 1, "anybody's, by effective root"},
	{{0, ANN, 0}, {ANN, ANN, ANN}, {BOB, BOB, BOB}, {BOB, BOB, BOB}, 0, "a stranger's, by real root"},
};

static int be(const unsigned *user, const unsigned *group)
{
	return sc(SYS_setresgid, group[0], group[1], group[2]) || sc(SYS_setresuid, user[0], user[1], user[2]);
}

/* Makes the other process, which waits, and then asks about it. */
static long ask(void *argument)
{
	const struct pair *p = argument;
	int ready[2], hold[2], pid;
	long answer;

	if (pipe(ready) || pipe(hold))
		return -2;
	pid = fork();
	if (pid == 0) {
		close(hold[1]);
		if (be(p->other_user, p->other_group))
			_exit(1);
		pass(ready[1]);
		await(hold[0]);
		_exit(0);
	}
	if (!await(ready[0]) || be(p->user, p->group))
		return -3;
	answer = sees((void *)(long)pid);
	close(hold[1]);
	wait_for(pid);
	return answer;
}

static long own(void *unused)
{
	struct bh_process *p;

	(void)unused;
	if (sc(SYS_setresuid, ANN, BOB, CYD))
		return -1;
	p = seen(getpid());
	return !p ? -2 : sees((void *)(long)getpid()) == 1 ? (long)p->uid : -3;
}

static long open_to_all(void *unused)
{
	struct bh_memory m;

	(void)unused;
	return become(ANN) || sc(SYS_bh_info, BH_INFO_MEMORY, 0, &m, sizeof m) != sizeof m ||
	       sc(SYS_bh_info, BH_INFO_COUNTERS, 0, bytes, sizeof bytes) <= 0;
}

static long as_ann(void *unused)
{
	static const unsigned off[] = {0x00000000, 0x89abcdef, 0x01234567, 0xcdef0123, 0x4321fedc, 5};

	(void)unused;
	if (become(ANN))
		return -1;
	for (int i = 0; i < 6; i++)
		if (sc(SYS_reboot, 0xfee1dead, 672274793, off[i], 0) != -EPERM)
			return 1 + i;
	return sc(SYS_reboot, 1, 2, 3, 0) != -EPERM || sc(SYS_kill, 1, SIGKILL) != -EPERM ||
	       sc(SYS_kill, 1, SIGTERM) != -EPERM;
}

int main(void)
{
	unsigned many[33] = {0};

	for (int i = 0; i < (int)(sizeof pairs / sizeof pairs[0]); i++)
		eq(in_child(ask, (void *)&pairs[i]), pairs[i].sees, "%s: %s", pairs[i].text,
		   pairs[i].sees ? "seen" : "hidden");
	eq(in_child(own, 0), ANN, "oneself is always seen, with the real user");
	eq(in_child(open_to_all, 0), 0, "memory and counters are for all");
	eq(in_child(as_ann, 0), 0, "EPERM: the machine's end is root's");
	eq(sc(SYS_reboot, 0xfee1dead, 672274793, 0, 0), 0, "root may");
	eq(sc(SYS_setgroups, 33, many), -EINVAL, "EINVAL: more than 32 groups");
	return tap_done();
}
