/*
 * t_setuid - from every triple of real, effective and saved id, every call that changes them.
 *
 * The rules of setuid(2), setreuid(2), setresuid(2) and setfsuid(2) are written down again below, in the words
 * of the manual pages. Each case runs in a child that makes the triple, makes the call and tells what it got.
 */
#include "users.h"

struct state {
	long result;
	unsigned id[4]; /* real, effective, saved, file system */
};

enum { R = 1, E = 2, S = 4 };

struct kind {
	const char *name;
	int set, setre, setres, setfs, getres;
} kinds[] = {
	{"uid", SYS_setuid, SYS_setreuid, SYS_setresuid, SYS_setfsuid, SYS_getresuid},
	{"gid", SYS_setgid, SYS_setregid, SYS_setresgid, SYS_setfsgid, SYS_getresgid},
};

struct test {
	const struct kind *kind;
	int privileged; /* gid: is the effective uid 0? */
	unsigned from[3];
	int call;
	unsigned argument[3];
};

/* ---- what the manual says */

static int is_one_of(const struct state *s, unsigned id, int which)
{
	return ((which & R) && id == s->id[0]) || ((which & E) && id == s->id[1]) || ((which & S) && id == s->id[2]);
}

static int may(const struct test *t, const struct state *s, unsigned id, int which)
{
	return id == NONE || t->privileged || is_one_of(s, id, which);
}

static void want_set(const struct test *t, struct state *s, unsigned id)
{
	s->result = id == NONE ? -EINVAL : may(t, s, id, R | S) ? 0 : -EPERM;
	if (s->result)
		return;
	if (t->privileged)
		s->id[0] = s->id[2] = id;
	s->id[1] = s->id[3] = id;
}

static void want_setre(const struct test *t, struct state *s, unsigned real, unsigned effective)
{
	unsigned old = s->id[0];

	s->result = may(t, s, real, R | E) && may(t, s, effective, R | E | S) ? 0 : -EPERM;
	if (s->result)
		return;
	if (real != NONE)
		s->id[0] = real;
	if (effective != NONE)
		s->id[1] = effective;
	if (real != NONE || (effective != NONE && effective != old))
		s->id[2] = s->id[1];
	s->id[3] = s->id[1];
}

static void want_setres(const struct test *t, struct state *s, const unsigned *to)
{
	for (int i = 0; i < 3; i++)
		if (!may(t, s, to[i], R | E | S))
			s->result = -EPERM;
	for (int i = 0; i < 3 && !s->result; i++)
		if (to[i] != NONE)
			s->id[i] = to[i];
	s->id[3] = s->id[1];
}

static struct state wanted(const struct test *t)
{
	struct state s = {0, {t->from[0], t->from[1], t->from[2], t->from[1]}};

	if (t->call == t->kind->set)
		want_set(t, &s, t->argument[0]);
	else if (t->call == t->kind->setre)
		want_setre(t, &s, t->argument[0], t->argument[1]);
	else if (t->call == t->kind->setres)
		want_setres(t, &s, t->argument);
	else {
		s.result = s.id[3];
		if (t->argument[0] != NONE && may(t, &s, t->argument[0], R | E | S))
			s.id[3] = t->argument[0];
	}
	return s;
}

/* ---- what the kernel does */

static void start(const struct test *t)
{
	if (sc(t->kind->setres, t->from[0], t->from[1], t->from[2]))
		_exit(1);
	if (t->kind != kinds && !t->privileged && sc(SYS_setresuid, ANN, ANN, ANN))
		_exit(2);
}

static struct state look(const struct kind *k, long result)
{
	struct state s = {.result = result};

	if (sc(k->getres, &s.id[0], &s.id[1], &s.id[2]))
		_exit(3);
	s.id[3] = sc(k->setfs, NONE);
	return s;
}

/* Makes the calls one after the other as long as it is still, or again, who it was. */
static void call_some(const struct test *t, const struct test *end, int to)
{
	const struct state first = (start(t), look(t->kind, 0));
	struct state s;

	do {
		s = look(t->kind, sc(t->call, t->argument[0], t->argument[1], t->argument[2]));
		if (write(to, &s, sizeof s) != sizeof s)
			_exit(4);
		sc(t->kind->setres, t->from[0], t->from[1], t->from[2]);
		s = look(t->kind, 0);
	} while (!memcmp(&s, &first, sizeof s) && ++t < end);
	_exit(0);
}

/* How many of the calls went otherwise. The first of those is told. */
static int disagreements(const struct test *t, int count)
{
	const struct test *end = t + count;
	int wrong = 0, fd[2];

	while (t < end && !pipe(fd)) {
		const struct test *first = t;
		struct state got, want;
		int pid = fork();

		if (pid == 0)
			call_some(t, end, fd[1]);
		close(fd[1]);
		for (; read(fd[0], &got, sizeof got) == sizeof got; t++) {
			want = wanted(t);
			if (!memcmp(&got, &want, sizeof got) || wrong++)
				continue;
			printf("# (%d, %d, %d): %ld %u %u %u %u, not %ld %u %u %u %u\n", t->argument[0],
			       t->argument[1], t->argument[2], got.result, got.id[0], got.id[1], got.id[2],
			       got.id[3], want.result, want.id[0], want.id[1], want.id[2], want.id[3]);
		}
		close(fd[0]);
		if (wait_for(pid) != EXITED(0) || t == first)
			return -1;
	}
	fflush(stdout);
	return wrong + (t != end);
}

/* ---- every start, every call */

static const unsigned starts[] = {0, ANN, BOB}, arguments[] = {NONE, 0, ANN, CYD};

/* The call number `call` with all arguments that it may have. */
static int every_argument(struct test t, int arity)
{
	static struct test tests[64];
	int count = 1;

	for (int i = 0; i < arity; i++)
		count *= 4;
	for (int n = 0; n < count; n++) {
		t.argument[0] = arguments[n % 4];
		t.argument[1] = arguments[n / 4 % 4];
		t.argument[2] = arguments[n / 16];
		tests[n] = t;
	}
	return disagreements(tests, count);
}

static void from(struct test t)
{
	const struct kind *k = t.kind;
	const struct {
		const char *name;
		int number, arity;
	} calls[] = {{"set", k->set, 1}, {"setre", k->setre, 2}, {"setres", k->setres, 3}, {"setfs", k->setfs, 1}};

	for (int c = 0; c < 4; c++) {
		t.call = calls[c].number;
		eq(every_argument(t, calls[c].arity), 0, "%s%s from (%u, %u, %u)%s", calls[c].name, k->name, t.from[0],
		   t.from[1], t.from[2], k == kinds ? "" : t.privileged ? " by root" : " by ann");
	}
}

static void table(const struct kind *k, int root)
{
	for (int n = 0; n < 27; n++) {
		struct test t = {.kind = k, .from = {starts[n % 3], starts[n / 3 % 3], starts[n / 9]}};

		t.privileged = k == kinds ? t.from[1] == 0 : root;
		if (k == kinds || !root || n % 13 == 0) /* root may do everything: three starts will do */
			from(t);
	}
}

/* ---- the last way back is gone */

static int regain(long unused)
{
	static const unsigned zero[3];

	(void)unused;
	if (become(ANN))
		return 1;
	for (int i = 0; i < 8; i++)
		if (!sc(SYS_setresuid, i & 1 ? zero[0] : NONE, i & 2 ? 0 : NONE, i & 4 ? 0 : NONE) != !i)
			return 2;
	if (!sc(SYS_setuid, 0) || !sc(SYS_setreuid, 0, NONE) || !sc(SYS_setreuid, NONE, 0) || !sc(SYS_setgid, 0))
		return 3;
	sc(SYS_setfsuid, 0);
	return sc(SYS_setfsuid, NONE) == ANN && !sc(SYS_setuid, ANN) && sc(SYS_getuid) == ANN &&
	       sc(SYS_geteuid) == ANN ? 0 : 4;
}

/* Root in the saved id only: down, up, down. */
static int saved_root(long unused)
{
	(void)unused;
	return sc(SYS_setresuid, ANN, ANN, 0) || !sc(SYS_setgroups, 0, 0) || sc(SYS_setuid, 0) ||
	       sc(SYS_geteuid) != 0 || sc(SYS_getuid) != ANN || sc(SYS_setgroups, 0, 0) || sc(SYS_setuid, ANN) ||
	       sc(SYS_setuid, 0) != -EPERM;
}

int main(void)
{
	if (users_skip())
		return 0;
	table(&kinds[0], 1);
	table(&kinds[1], 1);
	table(&kinds[1], 0);
	eq(wait_for(child_as(regain, 0)), EXITED(0), "uid 0 given up does not come back");
	eq(wait_for(child_as(saved_root, 0)), EXITED(0), "but from the saved id it does");
	return tap_done();
}
