/* t_mmap_file - a file is mapped read-only or privately: the program's own image and plain data. */
#include "maps.h"
#include <sys/stat.h>

static const char *directory = "/tests";

static int open_data(const char *name)
{
	char path[512];

	snprintf(path, sizeof path, "%s/bad/%s", directory, name);
	return open(path, O_RDONLY);
}

static int is_data(const unsigned char *p, int from, int count)
{
	for (int i = 0; i < count; i++)
		if (p[i] != (unsigned char)(7 * (from + i) + (from + i) / 256))
			return 0;
	return 1;
}

static void own_image(void)
{
	static unsigned char head[PAGE];
	int fd = open("/proc/self/exe", O_RDONLY);
	unsigned char *p = mmap(0, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);

	ok(p != MAP_FAILED, "the program's file is mapped");
	eq(read(fd, head, sizeof head), sizeof head, "and read");
	ok(p != MAP_FAILED && !memcmp(p, head, sizeof head), "both show the same");
	close(fd);
	ok(p != MAP_FAILED && p[0] == 0x7f, "the mapping outlives the descriptor");
	eq(status_of(writes, p), KILLED(SIGSEGV), "a read-only mapping cannot be written");
	munmap(p, PAGE);
}

static void data(void)
{
	int fd = open_data("data");
	unsigned char *p = mmap(0, 10000, PROT_READ, MAP_PRIVATE, fd, 0), *q;

	ok(p != MAP_FAILED && is_data(p, 0, 10000), "a file of 10,000 bytes");
	ok(p != MAP_FAILED && p[10000] == 0 && p[3 * PAGE - 1] == 0, "the rest of the last page is zero");
	q = mmap(0, PAGE, PROT_READ, MAP_PRIVATE, fd, 2 * PAGE);
	ok(q != MAP_FAILED && is_data(q, 2 * PAGE, 10000 - 2 * PAGE), "from an offset");
	munmap(q, PAGE);
	q = mmap(0, 8 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	ok(q != MAP_FAILED, "more than the file is long");
	eq(status_of(reads, q + 3 * PAGE), KILLED(SIGBUS), "beyond the file's last page is SIGBUS");
	munmap(q, 8 * PAGE);
	q = mmap(0, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ok(q != MAP_FAILED && is_data(q, 0, PAGE), "MAP_SHARED for reading");
	munmap(q, PAGE);
	munmap(p, 10000);
	close(fd);
}

static void copies(void)
{
	int fd = open_data("data");
	unsigned char *p = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	unsigned char *q = mmap(0, PAGE, PROT_READ, MAP_PRIVATE, fd, 0), byte = 99;

	ok(p != MAP_FAILED, "a private mapping may be writable");
	if (p != MAP_FAILED)
		p[0] = 55;
	eq(p != MAP_FAILED ? p[0] : 0, 55, "it keeps what is written");
	eq(q[0], 0, "another mapping of the file does not show it");
	eq(read(fd, &byte, 1), 1, "reading the file");
	eq(byte, 0, "does not show it either");
	munmap(q, PAGE);
	close(fd);
}

static void errors(void)
{
	int fd = open_data("data"), pipes[2];

	if (pipe(pipes))
		_exit(97);
	eq(sc(SYS_mmap, 0, PAGE, PROT_READ, MAP_PRIVATE, pipes[0], 0), -ENODEV, "ENODEV: a pipe");
	eq(sc(SYS_mmap, 0, PAGE, PROT_READ, MAP_PRIVATE, pipes[1], 0), -EACCES,
	   "EACCES: a pipe's writing end");
	eq(sc(SYS_mmap, 0, PAGE, PROT_READ, MAP_PRIVATE, fd, 100), -EINVAL, "EINVAL: a crooked offset");
	eq(sc(SYS_mmap, 0, 0, PROT_READ, MAP_PRIVATE, fd, 0), -EINVAL, "EINVAL: length 0");
	eq(sc(SYS_mmap, 0, PAGE, PROT_READ, 0, fd, 0), -EINVAL, "EINVAL: neither private nor shared");
	eq(sc(SYS_mmap, 0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), -EACCES,
	   "EACCES: shared and writable, of a file opened for reading");
	eq(sc(SYS_mmap, 0, PAGE, PROT_READ, MAP_PRIVATE, 1234567, 0), -EBADF, "EBADF: no such descriptor");
	close(pipes[0]);
	close(pipes[1]);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		directory = argv[1];
	own_image();
	data();
	copies();
	errors();
	return tap_done();
}
