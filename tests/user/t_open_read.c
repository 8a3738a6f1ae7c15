/* t_open_read - files of the archive: opening, reading, seeking, and what is refused. */
#include "tap.h"

#include <sys/stat.h>

#define SIZE 10000

static const char *directory = "/tests";
static char path[512];

static const char *data_path(const char *name)
{
	snprintf(path, sizeof path, "%s/bad/%s", directory, name);
	return path;
}

static int byte_at(int i)
{
	return (7 * i + i / 256) & 255;
}

static void reading(void)
{
	static unsigned char buffer[SIZE + 100];
	int fd = sc(SYS_open, data_path("data"), O_RDONLY, 0), good = 1, total = 0, n;

	ok(fd >= 0, "open");
	eq(read(fd, buffer, sizeof buffer), SIZE, "one read takes the whole file");
	for (int i = 0; i < SIZE; i++)
		good &= buffer[i] == byte_at(i);
	ok(good, "byte for byte");
	eq(read(fd, buffer, 10), 0, "then end of file");
	eq(lseek(fd, 0, SEEK_SET), 0, "back to the start");
	while ((n = read(fd, buffer, 37)) > 0) {
		for (int i = 0; i < n; i++)
			good &= buffer[i] == byte_at(total + i);
		total += n;
	}
	ok(good && total == SIZE, "in small pieces it is the same");
	close(fd);
	fd = open(data_path("empty"), O_RDONLY);
	eq(read(fd, buffer, 10), 0, "an empty file has no bytes");
	close(fd);
	fd = open(data_path("one"), O_RDONLY);
	eq(read(fd, buffer, 10), 1, "a file of one byte has one");
	eq(buffer[0], '1', "the right one");
	close(fd);
}

static void seeking(void)
{
	unsigned char byte = 0;
	int fd = open(data_path("data"), O_RDONLY);

	eq(lseek(fd, 5000, SEEK_SET), 5000, "SEEK_SET");
	eq(read(fd, &byte, 1), 1, "read there");
	eq(byte, byte_at(5000), "the right byte");
	eq(lseek(fd, 0, SEEK_CUR), 5001, "the read moved on");
	eq(lseek(fd, -1, SEEK_CUR), 5000, "SEEK_CUR");
	eq(lseek(fd, 0, SEEK_END), SIZE, "SEEK_END");
	eq(lseek(fd, -1, SEEK_END), SIZE - 1, "SEEK_END, backwards");
	eq(read(fd, &byte, 1), 1, "the last byte");
	eq(byte, byte_at(SIZE - 1), "is right");
	eq(lseek(fd, 100, SEEK_END), SIZE + 100, "beyond the end");
	eq(read(fd, &byte, 1), 0, "nothing is read");
	eq(lseek(fd, 100, SEEK_END), SIZE + 100, "beyond the end again");
	eq(sc(SYS_lseek, fd, -1, SEEK_SET), -EINVAL, "EINVAL: a negative offset");
	eq(sc(SYS_lseek, fd, -SIZE - 1, SEEK_END), -EINVAL, "EINVAL: before the start");
	eq(sc(SYS_lseek, fd, 0, 99), -EINVAL, "EINVAL: unknown origin");
	eq(lseek(fd, 0, SEEK_CUR), SIZE + 100, "refused calls do not move");
	eq(sc(SYS_lseek, -1, 0, SEEK_SET), -EBADF, "EBADF: -1");
	close(fd);
}

static void own_program(void)
{
	static char buffer[PAGE];
	struct stat st;
	long total = 0, n;
	int fd = open("/proc/self/exe", O_RDONLY);

	ok(fd >= 0, "/proc/self/exe");
	eq(fstat(fd, &st), 0, "fstat");
	ok(S_ISREG(st.st_mode) && (st.st_mode & 0111), "a regular file that may be executed");
	while ((n = read(fd, buffer, sizeof buffer)) > 0)
		total += n;
	eq(total, st.st_size, "is as long as fstat says");
	close(fd);
}

static void two_openings(void)
{
	unsigned char byte;
	int a = open(data_path("data"), O_RDONLY), b = open(data_path("data"), O_RDONLY);

	lseek(a, 300, SEEK_SET);
	eq(lseek(b, 0, SEEK_CUR), 0, "two openings have two offsets");
	if (read(b, &byte, 1) != 1)
		_exit(97);
	eq(lseek(a, 0, SEEK_CUR), 300, "also when one reads");
	close(a);
	close(b);
}

static void relative(void)
{
	int dir = open(data_path(""), O_RDONLY | O_DIRECTORY), fd, file;
	char absolute[512];

	ok(dir >= 0, "a directory is opened");
	fd = sc(SYS_openat, dir, "data", O_RDONLY, 0);
	ok(fd >= 0, "openat, relative to it");
	close(fd);
	fd = sc(SYS_openat, dir, "../bad/./data", O_RDONLY, 0);
	ok(fd >= 0, "by way of .. and .");
	close(fd);
	snprintf(absolute, sizeof absolute, "%s/bad//data", directory);
	fd = sc(SYS_openat, 12345, absolute, O_RDONLY, 0);
	ok(fd >= 0, "an absolute path needs no directory, and slashes may be doubled");
	file = open(data_path("one"), O_RDONLY);
	eq(sc(SYS_openat, file, "data", O_RDONLY, 0), -ENOTDIR, "ENOTDIR: relative to a file");
	eq(sc(SYS_openat, -1, "data", O_RDONLY, 0), -EBADF, "EBADF: relative to -1");
	eq(sc(SYS_openat, dir, "missing", O_RDONLY, 0), -ENOENT, "ENOENT: relative");
	eq(sc(SYS_openat, dir, "", O_RDONLY, 0), -ENOENT, "ENOENT: empty path");
	eq(sc(SYS_read, dir, absolute, 1), -EISDIR, "EISDIR: read of a directory");
	close(file);
	close(fd);
	close(dir);
}

static void refused(void)
{
	static char long_path[6000];
	char name[300];
	int fd;

	eq(sc(SYS_open, data_path("missing"), O_RDONLY, 0), -ENOENT, "ENOENT: no such file");
	eq(sc(SYS_open, data_path("missing/x"), O_RDONLY, 0), -ENOENT, "ENOENT: no such directory");
	eq(sc(SYS_open, data_path("data/x"), O_RDONLY, 0), -ENOTDIR, "ENOTDIR: a file on the way");
	eq(sc(SYS_open, data_path("data/"), O_RDONLY, 0), -ENOTDIR, "ENOTDIR: a slash behind a file");
	eq(sc(SYS_open, data_path("data"), O_RDONLY | O_DIRECTORY, 0), -ENOTDIR,
	   "ENOTDIR: O_DIRECTORY of a file");
	eq(sc(SYS_open, data_path(""), O_WRONLY, 0), -EISDIR, "EISDIR: a directory for writing");
	eq(sc(SYS_open, data_path("data"), O_RDONLY | O_CREAT | O_EXCL, 0), -EEXIST,
	   "EEXIST: O_CREAT and O_EXCL");
	eq(sc(SYS_open, "", O_RDONLY, 0), -ENOENT, "ENOENT: empty path");
	memset(long_path, '/', sizeof long_path - 1);
	eq(sc(SYS_open, long_path, O_RDONLY, 0), -ENAMETOOLONG, "ENAMETOOLONG: path of 5999 bytes");
	memset(name, 'n', sizeof name - 1);
	name[0] = '/';
	name[sizeof name - 1] = 0;
	eq(sc(SYS_open, name, O_RDONLY, 0), -ENAMETOOLONG, "ENAMETOOLONG: name of 298 bytes");
	for (int i = 0; i < BAD_POINTERS; i++)
		eq(sc(SYS_open, bad_pointers[i], O_RDONLY, 0), -EFAULT, "EFAULT: bad pointer %d", i);
	fd = open(data_path("data"), O_RDONLY);
	eq(sc(SYS_write, fd, "x", 1), -EBADF, "EBADF: write to a file opened for reading");
	eq(sc(SYS_getdents64, fd, name, sizeof name), -ENOTDIR, "ENOTDIR: getdents64 of a file");
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		directory = argv[1];
	reading();
	seeking();
	own_program();
	two_openings();
	relative();
	refused();
	return tap_done();
}
