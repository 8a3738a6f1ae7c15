/* t_ids - who a process is: user, group, process and thread ids, and the name of the system. */
#include "tap.h"

#include <sys/utsname.h>

static void users(void)
{
	unsigned r = 77, e = 77, s = 77;

	ok(getuid() == geteuid() && getgid() == getegid(), "real and effective ids agree");
	eq(sc(SYS_getresuid, &r, &e, &s), 0, "getresuid");
	ok(r == getuid() && e == r && s == r, "tells the same three times");
	eq(sc(SYS_getresgid, &r, &e, &s), 0, "getresgid");
	ok(r == getgid() && e == r && s == r, "tells the same three times");
	for (int i = 0; i < BAD_POINTERS; i++) {
		eq(sc(SYS_getresuid, bad_pointers[i], &e, &s), -EFAULT, "EFAULT: real, bad pointer %d", i);
		eq(sc(SYS_getresuid, &r, bad_pointers[i], &s), -EFAULT, "EFAULT: effective, bad pointer %d",
		   i);
		eq(sc(SYS_getresgid, &r, &e, bad_pointers[i]), -EFAULT, "EFAULT: saved, bad pointer %d", i);
	}
}

static void child_ids(void *parent)
{
	_exit(getppid() == (long)parent && getpid() != (long)parent && sc(SYS_gettid) == getpid() ? 0 : 1);
}

static void processes(void)
{
	long me = getpid();

	ok(me > 0 && sc(SYS_gettid) == me, "a thread's id is its process's");
	ok(getppid() > 0 && getppid() != me, "there is a parent");
	ok(getpgrp() > 0 && getsid(0) > 0, "a group and a session");
	eq(status_of(child_ids, (void *)me), EXITED(0), "a child sees its own");
	ok(sc(SYS_set_tid_address, &me) == me, "set_tid_address returns the thread's id");
	ok(sc(SYS_set_tid_address, BAD_POINTER) == me, "for any address");
	ok(sc(SYS_set_tid_address, 0) == me, "or none");
}

static void with_bad_tid_address(void *unused)
{
	(void)unused;
	sc(SYS_set_tid_address, bad_pointers[2]);
	_exit(3);
}

static void names(void)
{
	struct utsname u;

	memset(&u, 0x55, sizeof u);
	eq(sc(SYS_uname, &u), 0, "uname");
	ok(!strcmp(u.sysname, "Linux"), "the system calls itself Linux");
	ok(!strcmp(u.machine, "x86_64"), "the machine is x86_64");
	ok(memchr(u.nodename, 0, 65) && memchr(u.release, 0, 65) && memchr(u.version, 0, 65), "fields end");
	ok(u.release[0] >= '0' && u.release[0] <= '9', "the release is a number");
	ok(memchr(u.domainname, 0, 65) != 0, "there is a domain name");
}

static void directory(void)
{
	static char buffer[PAGE];
	long n = sc(SYS_getcwd, buffer, sizeof buffer);

	ok(n >= 2 && buffer[0] == '/', "getcwd tells an absolute path");
	eq(n, strlen(buffer) + 1, "and its length with the terminator");
	eq(sc(SYS_getcwd, buffer, n), n, "a buffer that just fits");
	eq(sc(SYS_getcwd, buffer, n - 1), -ERANGE, "ERANGE: one byte less");
	eq(sc(SYS_getcwd, buffer, 0), -ERANGE, "ERANGE: no room at all");
	for (int i = 0; i < BAD_POINTERS; i++)
		eq(sc(SYS_getcwd, bad_pointers[i], PAGE), -EFAULT, "EFAULT: bad pointer %d", i);
}

int main(void)
{
	users();
	processes();
	eq(status_of(with_bad_tid_address, 0), EXITED(3), "a bad tid address does no harm at exit");
	names();
	directory();
	return tap_done();
}
