/* t_groups - supplementary groups, the mask for new objects, and what fork and exec keep of who one is. */
/* build: -Wl,-e,groups_entry */
#include "users.h"

#include <sys/auxv.h>
#include <sys/stat.h>

static unsigned list[64];

static void setting(void)
{
	static const unsigned unsorted[] = {7, 3, 9, 3, 0}, bad[] = {3, NONE};

	eq(sc(SYS_setgroups, 5, unsorted), 0, "setgroups");
	eq(sc(SYS_getgroups, 0, 0), 5, "getgroups, size 0: how many");
	eq(sc(SYS_getgroups, 64, list), 5, "getgroups");
	ok(list[0] == 0 && list[1] == 3 && list[2] == 3 && list[3] == 7 && list[4] == 9, "in ascending order");
	eq(sc(SYS_getgroups, 4, list), -EINVAL, "EINVAL: room for 4 of 5");
	eq(sc(SYS_getgroups, -1, list), -EINVAL, "EINVAL: size -1");
	eq(sc(SYS_getgroups, 4, BAD_POINTER), -EINVAL, "EINVAL comes before EFAULT");
	eq(sc(SYS_setgroups, -1, unsorted), -EINVAL, "EINVAL: setgroups of -1");
	eq(sc(SYS_setgroups, 65537, BAD_POINTER), -EINVAL, "EINVAL: too many, before EFAULT");
	eq(sc(SYS_setgroups, 2, bad), -EINVAL, "EINVAL: group -1");
	for (int i = 0; i < BAD_POINTERS; i++) {
		eq(sc(SYS_setgroups, 2, bad_pointers[i]), -EFAULT, "EFAULT: setgroups, bad pointer %d", i);
		eq(sc(SYS_getgroups, 64, bad_pointers[i]), -EFAULT, "EFAULT: getgroups, bad pointer %d", i);
	}
	eq(sc(SYS_getgroups, 64, list), 5, "what failed changed nothing");
	for (unsigned i = 0; i < 32; i++)
		list[i] = 100 - i;
	eq(sc(SYS_setgroups, 32, list), 0, "32 groups");
	eq(sc(SYS_getgroups, 32, list), 32, "come back");
	ok(list[0] == 69 && list[31] == 100, "in order");
	eq(sc(SYS_setgroups, 0, BAD_POINTER), 0, "no groups: the pointer does not matter");
	eq(sc(SYS_getgroups, 64, BAD_POINTER), 0, "none come back");
}

static int by_whom(long who)
{
	static const unsigned one[] = {ANN};
	static const unsigned triples[][3] = {
		{ANN, ANN, ANN}, {0, ANN, ANN}, {ANN, ANN, 0}, {0, ANN, 0}, {ANN, 0, ANN},
	};
	long want = who == 4 ? 0 : -EPERM;

	if (sc(SYS_setresuid, triples[who][0], triples[who][1], triples[who][2]))
		return 1;
	return sc(SYS_setgroups, 1, one) != want || sc(SYS_setgroups, 0, 0) != want ||
	       sc(SYS_setgroups, -1, BAD_POINTER) != (want ? want : -EINVAL);
}

static void who_may(void)
{
	static const char *const name[] = {"ann", "real root", "saved root", "real and saved root", "effective root"};

	for (long i = 0; i < 5; i++)
		eq(wait_for(child_as(by_whom, i)), EXITED(0), "setgroups by %s: %s", name[i], i == 4 ? "yes" : "EPERM");
}

static void masks(void)
{
	long old = sc(SYS_umask, 027);

	ok(old >= 0 && old <= 0777, "there is a mask");
	eq(sc(SYS_umask, 0), 027, "umask gives back the last one");
	eq(sc(SYS_umask, 07777), 0, "and takes");
	eq(sc(SYS_umask, -1), 0777, "nine bits");
	eq(sc(SYS_umask, old), 0777, "of any number");
}

/* The program's own entry looks at the auxiliary vector before libc does, which acts on AT_SECURE. */
__asm__(".globl groups_entry\n"
	"groups_entry:\n"
	"	mov %rsp, %rdi\n"
	"	mov %rsp, %rbx\n"
	"	call look_first\n"
	"	mov %rbx, %rsp\n"
	"	xor %edx, %edx\n"
	"	jmp _start\n");

static int same_three(int getres, int setfs, const unsigned *aux)
{
	unsigned r, e, s;

	return !sc(getres, &r, &e, &s) && r == aux[0] && e == aux[1] && s == e && (unsigned)sc(setfs, NONE) == e;
}

void look_first(const long *stack);
void look_first(const long *stack)
{
	const long *word = stack + stack[0] + 2; /* behind argc, argv and NULL */
	unsigned aux[AT_SECURE + 1] = {0};

	if (stack[0] != 2 || ((const char *)stack[2])[2] != 'a')
		return;
	while (*word++)
		;
	for (; word[0]; word += 2)
		if (word[0] <= AT_SECURE)
			aux[word[0]] = (unsigned)word[1];
	if (!same_three(SYS_getresuid, SYS_setfsuid, &aux[AT_UID]) ||
	    !same_three(SYS_getresgid, SYS_setfsgid, &aux[AT_GID]))
		sc(SYS_exit_group, 1);
	if (sc(SYS_getgroups, 64, list) != 2 || list[0] != BOB || list[1] != CYD || sc(SYS_umask, 0) != 0123)
		sc(SYS_exit_group, 2);
	sc(SYS_exit_group, aux[AT_SECURE] ? 10 : 20);
}

static const unsigned execs[][7] = { /* three user ids, three group ids, AT_SECURE */
	{0, 0, 0, 0, 0, 0, 0},
	{ANN, ANN, ANN, ANN, ANN, ANN, 0},
	{ANN, ANN, 0, ANN, ANN, ANN, 0},
	{0, ANN, 0, 0, 0, 0, 1},
	{ANN, 0, BOB, 0, 0, 0, 1},
	{ANN, ANN, BOB, ANN, BOB, CYD, 1},
	{0, 0, ANN, 0, ANN, ANN, 1},
	{ANN, BOB, CYD, ANN, ANN, CYD, 1},
};

static int exec_as(long i)
{
	static const unsigned two[] = {CYD, BOB};
	const unsigned *u = execs[i], *g = u + 3;

	if (sc(SYS_setgroups, 2, two) || sc(SYS_setresgid, g[0], g[1], g[2]) || sc(SYS_setresuid, u[0], u[1], u[2]))
		return 1;
	sc(SYS_umask, 0123);
	exec_self("--after", 0); /* ends in look_first() */
	return 4;
}

static void over_exec(void)
{
	for (long i = 0; i < (long)(sizeof execs / sizeof execs[0]); i++)
		eq(wait_for(child_as(exec_as, i)), EXITED(execs[i][6] ? 10 : 20),
		   "exec by user (%u, %u, %u), group (%u, %u, %u): AT_SECURE %u", execs[i][0], execs[i][1],
		   execs[i][2], execs[i][3], execs[i][4], execs[i][5], execs[i][6]);
}

static int child_is(long unused)
{
	unsigned r, e, s;

	(void)unused;
	return sc(SYS_getresuid, &r, &e, &s) || r != ANN || e != 0 || s != BOB || sc(SYS_getresgid, &r, &e, &s) ||
	       r != CYD || e != BOB || s != ANN || sc(SYS_getgroups, 64, list) != 2 || list[1] != 45009 ||
	       sc(SYS_umask, 0) != 071 || sc(SYS_setfsuid, NONE) != CYD || sc(SYS_setfsgid, NONE) != CYD;
}

static int parent_is(long unused)
{
	static const unsigned two[] = {7, 45009};
	struct stat st;
	int status, fd[2];

	if (sc(SYS_setgroups, 2, two) || sc(SYS_setresgid, CYD, BOB, ANN) || sc(SYS_setresuid, ANN, 0, BOB))
		return 1;
	sc(SYS_umask, 071);
	sc(SYS_setfsuid, CYD);
	sc(SYS_setfsgid, CYD);
	status = wait_for(child_as(child_is, unused));
	if (sc(SYS_umask, 0) != 071) /* a child's mask is its own */
		return 2;
	if (pipe(fd) || fstat(fd[0], &st) || st.st_uid != CYD || st.st_gid != CYD)
		return 3;
	return WEXITSTATUS(status);
}

static int ends(long unused)
{
	(void)unused;
	return sc(SYS_setresuid, ANN, BOB, CYD) ? 1 : 5;
}

static void waited_for(void)
{
	int pid = child_as(ends, 0);
	siginfo_t info = {0};

	eq(sc(SYS_waitid, P_PID, pid, &info, WEXITED, 0), 0, "waitid for a child that changed its ids");
	ok(info.si_uid == ANN && info.si_status == 5, "tells the real one");
}

int main(void)
{
	if (users_skip())
		return 0;
	setting();
	who_may();
	masks();
	over_exec();
	eq(wait_for(child_as(parent_is, 0)), EXITED(0), "fork hands all of it down; a pipe is its maker's");
	waited_for();
	return tap_done();
}
