/* t_prctl - the name of a thread; and what the C library asks for at its start: set_robust_list, time. */
#include <sys/mman.h>
#include <sys/prctl.h>
#include "tap.h"

static char name[17];

static const char *get(void)
{
	memset(name, '#', sizeof name);
	sc(SYS_prctl, PR_GET_NAME, name);
	return name;
}

static void names(void)
{
	static const char longer[] = "a name of more than fifteen bytes";
	char *page = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ok(!strcmp(get(), "t_prctl"), "at first the program's");
	eq(name[16], '#', "sixteen bytes");
	eq(sc(SYS_prctl, PR_SET_NAME, "short"), 0, "set");
	ok(!memcmp(get(), "short\0\0\0\0\0\0\0\0\0\0\0", 16), "... and nothing of the old one behind it");
	eq(sc(SYS_prctl, PR_SET_NAME, longer), 0, "a longer one");
	ok(!strcmp(get(), "a name of more "), "... is cut");
	eq(sc(SYS_prctl, PR_SET_NAME, ""), 0, "the empty one");
	eq(*get(), 0, "... is one, too");
	eq(sc(SYS_prctl, PR_SET_NAME, BAD_POINTER), -EFAULT, "EFAULT: set");
	eq(sc(SYS_prctl, PR_GET_NAME, BAD_POINTER), -EFAULT, "EFAULT: get");
	munmap(page + PAGE, PAGE);
	memset(page + PAGE - 15, 'x', 15);
	eq(sc(SYS_prctl, PR_SET_NAME, page + PAGE - 15), 0, "no byte behind the fifteenth is read");
	ok(!strcmp(get(), "xxxxxxxxxxxxxxx"), "... fifteen");
	eq(sc(SYS_prctl, PR_SET_NAME, page + PAGE - 14), -EFAULT, "EFAULT: fourteen bytes and no end");
	eq(sc(SYS_prctl, 12345), -EINVAL, "EINVAL: an unknown option");
	eq(sc(SYS_prctl, -1), -EINVAL, "EINVAL: a negative one");
}

static long child_name(void *unused)
{
	(void)unused;
	return strcmp(get(), "parent");
}

static long exec_name(void *unused)
{
	char *argv[] = {"x", "--name", 0}, *envp[] = {0};
	int pid = fork();

	(void)unused;
	if (pid == 0) {
		execve("/proc/self/exe", argv, envp);
		_exit(1);
	}
	return wait_for(pid);
}

int main(int argc, char **argv)
{
	long now = -1;

	if (argc > 1 && !strcmp(argv[1], "--name"))
		return strcmp(get(), "parent") ? 7 : 8;
	names();
	prctl(PR_SET_NAME, "parent");
	eq(in_child(child_name, 0), 0, "a child has its parent's");
	eq(in_child(exec_name, 0), EXITED(7), "exec gives a new one");
	ok(!strcmp(get(), "parent"), "a child's exec is not the parent's");
	eq(sc(SYS_set_robust_list, &now, 24), 0, "set_robust_list");
	eq(sc(SYS_set_robust_list, BAD_POINTER, 24), 0, "... is not looked at");
	eq(sc(SYS_set_robust_list, &now, 23), -EINVAL, "EINVAL: its size");
	ok(sc(SYS_time, &now) == now && now > 1500000000, "time");
	ok(sc(SYS_time, 0) - now <= 10, "... with nowhere to store it");
	eq(sc(SYS_time, BAD_POINTER), -EFAULT, "EFAULT: time");
	return tap_done();
}
