/* t_readv_writev - vectors: order, empty parts, limits and errors. */
#include "tap.h"

#include <limits.h>
#include <sys/mman.h>
#include <sys/uio.h>

static int fd[2];

static void scatter_gather(void)
{
	char a[4] = "", b[4] = "", c[8] = "";
	struct iovec out[] = {{"one", 3}, {"", 0}, {"two", 3}, {0, 0}, {"three", 5}};
	struct iovec in[] = {{a, 2}, {b, 3}, {c, 8}};

	eq(sc(SYS_writev, fd[1], out, 5), 11, "writev writes all parts");
	eq(sc(SYS_readv, fd[0], in, 3), 11, "readv fills the parts in turn");
	ok(!memcmp(a, "on", 2) && !memcmp(b, "etw", 3) && !memcmp(c, "othree", 6), "in order");
	eq(c[6], 0, "and not beyond what there was");
}

static void short_data(void)
{
	char a[4] = "----", b[4] = "----";
	struct iovec in[] = {{a, 4}, {b, 4}};

	if (write(fd[1], "xy", 2) != 2)
		_exit(97);
	eq(sc(SYS_readv, fd[0], in, 2), 2, "readv returns what there is");
	ok(!memcmp(a, "xy--", 4) && !memcmp(b, "----", 4), "and leaves the rest alone");
}

static void counts(void)
{
	static struct iovec many[1025];
	char byte = 'z';

	eq(sc(SYS_writev, fd[1], many, 0), 0, "writev of no parts");
	eq(sc(SYS_readv, fd[0], many, 0), 0, "readv of no parts");
	eq(sc(SYS_writev, fd[1], 0, 0), 0, "no parts need no array");
	eq(sc(SYS_writev, fd[1], many, -1), -EINVAL, "EINVAL: writev of -1 parts");
	eq(sc(SYS_readv, fd[0], many, -1), -EINVAL, "EINVAL: readv of -1 parts");
	eq(sc(SYS_writev, fd[1], many, 1025), -EINVAL, "EINVAL: writev of 1025 parts");
	eq(sc(SYS_readv, fd[0], many, 1025), -EINVAL, "EINVAL: readv of 1025 parts");
	for (int i = 0; i < 1024; i++)
		many[i] = (struct iovec){&byte, 1};
	eq(sc(SYS_writev, fd[1], many, 1024), 1024, "1024 parts are written");
	eq(sc(SYS_readv, fd[0], many, 1024), 1024, "and read");
	eq(byte, 'z', "the last byte is right");
	eq(sc(SYS_readv, fd[0], many, 0), 0, "readv of no parts does not wait");
}

static void lengths(void)
{
	char byte = 'q';
	struct iovec negative[] = {{&byte, 1}, {&byte, (size_t)-1}};
	struct iovec overflow[] = {{&byte, SSIZE_MAX}, {&byte, SSIZE_MAX}};

	eq(sc(SYS_writev, fd[1], negative, 2), -EINVAL, "EINVAL: a negative length");
	eq(sc(SYS_readv, fd[0], negative, 2), -EINVAL, "EINVAL: the same for readv");
	ok(sc(SYS_readv, fd[0], overflow, 2) < 0, "lengths beyond any memory are refused");
}

static void faults(void)
{
	struct iovec bad_second[] = {{"ab", 2}, {BAD_POINTER, 2}};
	struct iovec bad_first[] = {{BAD_POINTER, 2}, {"ab", 2}};
	char *edge = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char out[8];
	int flags = fcntl(fd[0], F_GETFL);

	munmap(edge + PAGE, PAGE);
	for (int i = 0; i < BAD_POINTERS; i++) {
		eq(sc(SYS_writev, fd[1], bad_pointers[i], 1), -EFAULT, "EFAULT: writev, bad pointer %d", i);
		eq(sc(SYS_readv, fd[0], bad_pointers[i], 1), -EFAULT, "EFAULT: readv, bad pointer %d", i);
	}
	eq(sc(SYS_writev, fd[1], edge + PAGE - 16, 2), -EFAULT, "EFAULT: the array runs off its page");
	eq(sc(SYS_writev, fd[1], bad_first, 2), -EFAULT, "EFAULT: the first part");
	eq(sc(SYS_writev, fd[1], bad_second, 2), -EFAULT, "EFAULT: the second part, all within PIPE_BUF");
	fcntl(fd[0], F_SETFL, flags | O_NONBLOCK);
	eq(sc(SYS_read, fd[0], out, sizeof out), -EAGAIN, "nothing of it was written");
	fcntl(fd[0], F_SETFL, flags);
}

static void descriptors(void)
{
	struct iovec v = {"x", 1};

	eq(sc(SYS_writev, fd[0], &v, 1), -EBADF, "EBADF: writev to the reading end");
	eq(sc(SYS_readv, fd[1], &v, 1), -EBADF, "EBADF: readv from the writing end");
	eq(sc(SYS_writev, -1, &v, 1), -EBADF, "EBADF: writev to -1");
	eq(sc(SYS_readv, -1, &v, 1), -EBADF, "EBADF: readv from -1");
}

int main(void)
{
	if (pipe(fd))
		return 97;
	scatter_gather();
	short_data();
	counts();
	lengths();
	faults();
	descriptors();
	return tap_done();
}
