/* t_usercopy - every call that stores or fetches a structure, at the edge of a page and with bad pointers. */
#include "tap.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/utsname.h>

static char *edge; /* the first byte that is not mapped; the page below is */
static int fds[2], file;

/* A call that takes one pointer to `size` bytes. */
struct pointer_call {
	const char *name;
	long (*call)(void *pointer);
	int size;
};

static long call_pipe(void *p)
{
	int opened[2];

	if (sc(SYS_pipe2, p, 0) < 0)
		return -EFAULT;
	memcpy(opened, p, sizeof opened);
	close(opened[0]);
	close(opened[1]);
	return 0;
}

static long call_uname(void *p)
{
	return sc(SYS_uname, p);
}

static long call_clock(void *p)
{
	return sc(SYS_clock_gettime, 1, p);
}

static long call_getres(void *p)
{
	return sc(SYS_clock_getres, 1, p);
}

static long call_timeofday(void *p)
{
	return sc(SYS_gettimeofday, p, 0);
}

static long call_fstat(void *p)
{
	return sc(SYS_fstat, file, p);
}

static long call_stat(void *p)
{
	return sc(SYS_newfstatat, AT_FDCWD, "/", p, 0);
}

static long call_nanosleep(void *p)
{
	return sc(SYS_nanosleep, p, 0);
}

static long call_mask(void *p)
{
	return sc(SYS_rt_sigprocmask, SIG_BLOCK, 0, p, 8);
}

static long call_action(void *p)
{
	return sc(SYS_rt_sigaction, SIGUSR1, 0, p, 8);
}

static long call_resuid(void *p)
{
	return sc(SYS_getresuid, p, p, p);
}

static long call_resgid(void *p)
{
	return sc(SYS_getresgid, p, p, p);
}

static long call_fs(void *p)
{
	return sc(SYS_arch_prctl, 0x1003, p);
}

static long call_random(void *p)
{
	return sc(SYS_getrandom, p, 16, 0) == 16 ? 0 : -EFAULT;
}

static long call_wait(void *p)
{
	int pid = fork();
	long result;

	if (pid == 0)
		_exit(0);
	result = sc(SYS_wait4, pid, p, 0, 0);
	return result == pid ? 0 : result;
}

static long call_waitid(void *p)
{
	int pid = fork();
	long result;

	if (pid == 0)
		_exit(0);
	result = sc(SYS_waitid, P_PID, pid, p, WEXITED, 0);
	return result;
}

static const struct pointer_call pointer_calls[] = {
	{"pipe2", call_pipe, 8},
	{"uname", call_uname, sizeof(struct utsname)},
	{"clock_gettime", call_clock, 16},
	{"gettimeofday", call_timeofday, 16},
	{"fstat", call_fstat, sizeof(struct stat)},
	{"newfstatat", call_stat, sizeof(struct stat)},
	{"rt_sigprocmask", call_mask, 8},
	{"rt_sigaction", call_action, 32},
	{"getresuid", call_resuid, 4},
	{"getresgid", call_resgid, 4},
	{"arch_prctl", call_fs, 8},
	{"wait4", call_wait, 4},
	{"getrandom", call_random, 16},
	{"nanosleep", call_nanosleep, 16},
	{"clock_getres", call_getres, 16},
	{"waitid", call_waitid, 28},
};

static int lowest(void)
{
	int fd = dup(1);

	close(fd);
	return fd;
}

static void each_call(void)
{
	for (size_t i = 0; i < sizeof pointer_calls / sizeof *pointer_calls; i++) {
		const struct pointer_call *c = &pointer_calls[i];
		int good = 0, before = lowest();

		memset(edge - PAGE, 0, PAGE);
		eq(c->call(edge - c->size), 0, "%s: up to the page's end", c->name);
		memset(edge - PAGE, 0, PAGE);
		if (strcmp(c->name, "getrandom"))
			eq(c->call(edge - c->size + 1), -EFAULT, "EFAULT: %s: one byte beyond", c->name);
		for (int j = 0; j < BAD_POINTERS; j++)
			good += c->call(bad_pointers[j]) == -EFAULT;
		eq(good, BAD_POINTERS, "EFAULT: %s: all bad pointers", c->name);
		eq(lowest(), before, "%s: no descriptor is left open", c->name);
	}
}

static void wrapping(void)
{
	static char low[8]; /* in the program, far below the top */
	char byte;

	eq(sc(SYS_write, fds[1], -8, 16), -EFAULT, "EFAULT: write from a range that wraps");
	eq(sc(SYS_write, fds[1], 0x7fffffffefff, 0x10000), -EFAULT,
	   "EFAULT: from one that leaves user space");
	eq(sc(SYS_write, fds[1], &byte, -1), -EFAULT, "EFAULT: of a length of -1");
	eq(sc(SYS_read, fds[0], &byte, -1), -EFAULT, "EFAULT: read of a length of -1");
	eq(sc(SYS_getrandom, -8, 16, 0), -EFAULT, "EFAULT: getrandom into a range that wraps");
	if (write(fds[1], "abcde", 5) != 5)
		_exit(97);
	eq(sc(SYS_read, fds[0], low, 1L << 40), 5, "a huge length within user space is cut");
	ok(!memcmp(low, "abcde", 5), "and the bytes are right");
}

/* A pipe moves whole pages or nothing: a fault within the page leaves the bytes where they were. */
static void pipes_at_the_edge(void)
{
	char out[100];

	memset(edge - PAGE, 'p', PAGE);
	eq(sc(SYS_write, fds[1], edge - 50, 100), -EFAULT, "EFAULT: write of 100 bytes, 50 of them there");
	eq(sc(SYS_write, fds[1], edge - 50, 50), 50, "write of those 50");
	eq(sc(SYS_read, fds[0], edge - 20, 50), -EFAULT, "EFAULT: read of 50 bytes with room for 20");
	eq(sc(SYS_read, fds[0], out, 100), 50, "they can be read elsewhere");
	ok(out[0] == 'p' && out[49] == 'p', "unharmed");
}

/* A file gives what fits. */
static void files_at_the_edge(void)
{
	char want[64];

	lseek(file, 0, SEEK_SET);
	if (read(file, want, 64) != 64)
		_exit(97);
	lseek(file, 0, SEEK_SET);
	eq(sc(SYS_read, file, edge - 40, 64), 40, "read of a file up to the page's end");
	ok(!memcmp(edge - 40, want, 40), "with the right bytes");
	eq(lseek(file, 0, SEEK_CUR), 40, "moves the offset as far");
	eq(sc(SYS_read, file, edge, 64), -EFAULT, "EFAULT: read of a file beyond it");
	eq(lseek(file, 0, SEEK_CUR), 40, "moves it no further");
}

/* Read-only memory is no place to store to, also for the kernel. */
static void read_only(void)
{
	static const char constant[32] = "constant";
	char *p = mmap(0, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (write(fds[1], "xyz", 3) != 3)
		_exit(97);
	eq(sc(SYS_read, fds[0], p, 3), -EFAULT, "EFAULT: read into read-only memory");
	eq(sc(SYS_read, fds[0], constant, 3), -EFAULT, "EFAULT: into a constant");
	eq(sc(SYS_read, fds[0], (long)read_only, 3), -EFAULT, "EFAULT: into the program's text");
	ok(!strcmp(constant, "constant"), "which stays");
	eq(sc(SYS_write, fds[1], p, 3), 3, "write from it works");
	mprotect(p, PAGE, PROT_NONE);
	eq(sc(SYS_write, fds[1], p, 3), -EFAULT, "EFAULT: write from PROT_NONE");
	eq(sc(SYS_read, fds[0], edge - 8, 6), 6, "the pipe has what was written");
	munmap(p, PAGE);
}

/* A copy into memory that was never touched, and into pages shared since fork, makes them first. */
static void fresh_pages(void)
{
	static char big[8 * PAGE];
	char *p = mmap(0, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int good = 1, pid;

	memset(big, 'f', sizeof big);
	eq(sc(SYS_write, fds[1], big, sizeof big), sizeof big, "32 KiB written");
	eq(sc(SYS_read, fds[0], p, sizeof big), sizeof big, "read into untouched pages");
	ok(!memcmp(p, big, sizeof big), "unchanged");
	pid = fork();
	if (pid == 0) {
		memset(big, 'g', sizeof big);
		if (write(fds[1], big, sizeof big) != sizeof big)
			_exit(1);
		if (read(fds[0], p, sizeof big) != sizeof big)
			_exit(2);
		_exit(memcmp(p, big, sizeof big) != 0);
	}
	eq(wait_for(pid), EXITED(0), "a child reads over pages that it shares");
	for (size_t i = 0; i < sizeof big; i++)
		good &= p[i] == 'f';
	ok(good, "the parent's stay");
	eq(sc(SYS_write, fds[1], mmap(0, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 100), 100,
	   "write from an untouched page");
	good = sc(SYS_read, fds[0], big, 100) == 100;
	for (int i = 0; i < 100; i++)
		good &= big[i] == 0;
	ok(good, "writes zeros");
	munmap(p, 8 * PAGE);
}

int main(void)
{
	edge = (char *)mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) + PAGE;
	munmap(edge, PAGE);
	file = open("/proc/self/exe", O_RDONLY);
	if (pipe(fds))
		return 97;
	each_call();
	wrapping();
	pipes_at_the_edge();
	files_at_the_edge();
	read_only();
	fresh_pages();
	return tap_done();
}
