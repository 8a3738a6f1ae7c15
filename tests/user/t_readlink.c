/* t_readlink - readlink and readlinkat: of /proc/self/exe, and of what is no link. */
#include "tap.h"

static const char *directory = "/tests";

static long after_exec(void)
{
	char self[512], link[512];
	int n = snprintf(self, sizeof self, "%s/t_readlink", directory);

	return readlink("/proc/self/exe", link, sizeof link) == n && !memcmp(self, link, n) ? 7 : 8;
}

static void run_again(void *unused)
{
	char *argv[] = {"other name", "again", (char *)directory, 0}, *envp[] = {0};

	(void)unused;
	execve("/proc/self/exe", argv, envp);
}

int main(int argc, char **argv)
{
	char self[512], link[512];
	int n, fd, ends[2];

	directory = argc > 1 ? argv[argc - 1] : directory;
	if (argc > 2)
		return after_exec();
	n = snprintf(self, sizeof self, "%s/t_readlink", directory);
	memset(link, '#', sizeof link);
	eq(sc(SYS_readlink, "/proc/self/exe", link, sizeof link), n, "the length");
	ok(!memcmp(link, self, n), "the path");
	eq(link[n], '#', "no terminator");
	memset(link, '#', sizeof link);
	eq(sc(SYS_readlink, "/proc/self/exe", link, 3), 3, "cut to the size");
	ok(!memcmp(link, self, 3) && link[3] == '#', "... and no byte more");
	eq(sc(SYS_readlink, "/proc/self/exe", link, 0), -EINVAL, "EINVAL: no room");
	eq(sc(SYS_readlink, "/proc/self/exe", link, -1), -EINVAL, "EINVAL: a negative size");
	eq(sc(SYS_readlink, BAD_POINTER, link, 0), -EINVAL, "... before all else");
	eq(sc(SYS_readlink, "/proc/self/exe", BAD_POINTER, 10), -EFAULT, "EFAULT: the buffer");
	eq(sc(SYS_readlink, BAD_POINTER, link, 10), -EFAULT, "EFAULT: the path");
	eq(sc(SYS_readlink, "/", link, 10), -EINVAL, "EINVAL: a directory");
	eq(sc(SYS_readlink, self, link, 10), -EINVAL, "EINVAL: a file");
	eq(sc(SYS_readlink, "/nobody", link, 10), -ENOENT, "ENOENT");
	eq(sc(SYS_readlink, "/dev/null/x", link, 10), -ENOTDIR, "ENOTDIR");
	eq(sc(SYS_readlink, "", link, 10), -ENOENT, "ENOENT: the empty path");
	fd = open("/", O_RDONLY);
	pipe(ends);
	eq(sc(SYS_readlinkat, fd, "proc/self/exe", link, sizeof link), n, "from a directory");
	eq(sc(SYS_readlinkat, 999, "/proc/self/exe", link, sizeof link), n, "an absolute path needs no descriptor");
	eq(sc(SYS_readlinkat, 999, "x", link, 10), -EBADF, "EBADF");
	eq(sc(SYS_readlinkat, ends[0], "x", link, 10), -ENOTDIR, "ENOTDIR: from a pipe");
	eq(sc(SYS_readlinkat, fd, "", link, 10), -ENOENT, "ENOENT: the descriptor itself is no link");
	eq(sc(SYS_readlinkat, 999, "", link, 10), -EBADF, "EBADF: nor open");
	eq(status_of(run_again, 0), EXITED(7), "the link stays the file's after exec of the link");
	return tap_done();
}
