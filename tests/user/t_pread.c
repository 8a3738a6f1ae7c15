/* t_pread - reading at a place, which is not the file's position; and where there are no places. */
#include "tap.h"

#include <sys/mman.h>

static long pread_at(int fd, void *to, long n, long at)
{
	return sc(SYS_pread64, fd, to, n, at);
}

static long pwrite_at(int fd, const void *from, long n, long at)
{
	return sc(SYS_pwrite64, fd, from, n, at);
}

static void reads_there(int fd)
{
	long size = sc(SYS_lseek, fd, 0, SEEK_END);
	char a[64], b[64];

	sc(SYS_lseek, fd, 10, SEEK_SET);
	eq(pread_at(fd, a, 4, 0), 4, "the first four bytes");
	eq(memcmp(a, "\177ELF", 4), 0, "are a program's");
	eq(sc(SYS_lseek, fd, 0, SEEK_CUR), 10, "the position is where it was");
	eq(sc(SYS_read, fd, a, 20), 20, "read from there");
	eq(pread_at(fd, b, 20, 10), 20, "and pread");
	eq(memcmp(a, b, 20), 0, "give the same");
	eq(pread_at(fd, a, 64, size - 5), 5, "five bytes before the end");
	eq(pread_at(fd, a, 64, size), 0, "at the end");
	eq(pread_at(fd, a, 64, 1l << 62), 0, "far behind it");
	eq(pread_at(fd, a, 0, 0), 0, "no bytes");
	eq(pread_at(fd, a, 64, -1), -EINVAL, "EINVAL: a place before the beginning");
	eq(pread_at(99, a, 64, -1), -EINVAL, "EINVAL comes before EBADF");
	for (int i = 0; i < BAD_POINTERS; i++)
		eq(pread_at(fd, bad_pointers[i], 8, 0), -EFAULT, "EFAULT: pointer %d", i);
	eq(pwrite_at(fd, a, 1, 0), -EBADF, "EBADF: it is not open for writing");
}

int main(void)
{
	int program = open("/proc/self/exe", O_RDONLY), root = open("/", O_RDONLY);
	int null = open("/dev/null", O_RDWR), writes = open("/dev/null", O_WRONLY), fd[2];
	char byte = 1;

	pipe(fd);
	reads_there(program);
	eq(pread_at(99, &byte, 1, 0), -EBADF, "EBADF");
	eq(pread_at(fd[0], &byte, 1, 0), -ESPIPE, "ESPIPE: a pipe");
	eq(pread_at(fd[1], &byte, 1, 0), -ESPIPE, "ESPIPE comes before EBADF");
	eq(pwrite_at(fd[1], &byte, 1, 0), -ESPIPE, "ESPIPE: writing to one");
	eq(pread_at(root, &byte, 1, 0), -EISDIR, "EISDIR");
	eq(pread_at(null, &byte, 1, 5), 0, "/dev/null is empty everywhere");
	eq(pwrite_at(null, &byte, 1, 5), 1, "and takes all");
	eq(pread_at(writes, &byte, 1, 0), -EBADF, "EBADF: it is not open for reading");
	return tap_done();
}
