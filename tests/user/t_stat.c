/* t_stat - stat, lstat, fstat and newfstatat of files, directories and pipes. */
#include "tap.h"

#include <sys/stat.h>

static const char *directory = "/tests";
static char path[512];

static const char *data_path(const char *name)
{
	snprintf(path, sizeof path, "%s/bad/%s", directory, name);
	return path;
}

static void files(void)
{
	struct stat st, other;
	int fd = open(data_path("data"), O_RDONLY);

	memset(&st, 0x55, sizeof st);
	eq(sc(SYS_stat, data_path("data"), &st), 0, "stat");
	ok(S_ISREG(st.st_mode), "a regular file");
	eq(st.st_mode & 0777, 0644, "its rights");
	eq(st.st_size, 10000, "its size");
	eq(st.st_nlink, 1, "one link");
	eq(sc(SYS_lstat, data_path("data"), &other), 0, "lstat");
	ok(other.st_ino == st.st_ino && other.st_size == st.st_size && other.st_mode == st.st_mode,
	   "says the same");
	eq(sc(SYS_fstat, fd, &other), 0, "fstat");
	ok(other.st_ino == st.st_ino && other.st_dev == st.st_dev && other.st_size == st.st_size,
	   "says the same");
	eq(sc(SYS_newfstatat, AT_FDCWD, data_path("data"), &other, 0), 0, "newfstatat");
	ok(other.st_ino == st.st_ino && other.st_size == st.st_size, "says the same");
	eq(sc(SYS_newfstatat, fd, "", &other, AT_EMPTY_PATH), 0, "newfstatat of the descriptor itself");
	ok(other.st_ino == st.st_ino && other.st_size == st.st_size, "says the same");
	sc(SYS_stat, data_path("good"), &other);
	eq(other.st_mode & 0777, 0755, "a program may be executed");
	ok(other.st_ino != st.st_ino, "another file is another inode");
	sc(SYS_stat, data_path("empty"), &other);
	eq(other.st_size, 0, "an empty file has size 0");
	eq(sc(SYS_stat, "/proc/self/exe", &other), 0, "stat of /proc/self/exe");
	ok(S_ISREG(other.st_mode) && other.st_size > 1000, "tells the program's file");
	close(fd);
}

static void others(void)
{
	struct stat st;
	int fd[2], dir;

	eq(sc(SYS_stat, data_path(""), &st), 0, "stat of a directory");
	ok(S_ISDIR(st.st_mode), "is one");
	eq(sc(SYS_stat, "/", &st), 0, "stat of the root");
	ok(S_ISDIR(st.st_mode), "is a directory");
	dir = open(data_path(""), O_RDONLY | O_DIRECTORY);
	eq(sc(SYS_newfstatat, dir, "data", &st, 0), 0, "newfstatat, relative to a directory");
	eq(st.st_size, 10000, "finds the file");
	eq(sc(SYS_newfstatat, dir, "data", &st, AT_SYMLINK_NOFOLLOW), 0, "with AT_SYMLINK_NOFOLLOW");
	close(dir);
	if (pipe(fd))
		_exit(97);
	eq(sc(SYS_fstat, fd[0], &st), 0, "fstat of a pipe");
	ok(S_ISFIFO(st.st_mode), "is a pipe");
	eq(sc(SYS_fstat, fd[1], &st), 0, "fstat of its other end");
	ok(S_ISFIFO(st.st_mode), "is a pipe");
	close(fd[0]);
	close(fd[1]);
}

static void errors(void)
{
	struct stat st;
	int fd = open(data_path("data"), O_RDONLY);

	eq(sc(SYS_stat, data_path("missing"), &st), -ENOENT, "ENOENT: stat");
	eq(sc(SYS_lstat, data_path("missing"), &st), -ENOENT, "ENOENT: lstat");
	eq(sc(SYS_stat, "", &st), -ENOENT, "ENOENT: empty path");
	eq(sc(SYS_stat, data_path("data/x"), &st), -ENOTDIR, "ENOTDIR: stat");
	eq(sc(SYS_lstat, data_path("data/x"), &st), -ENOTDIR, "ENOTDIR: lstat");
	eq(sc(SYS_fstat, -1, &st), -EBADF, "EBADF: fstat");
	eq(sc(SYS_newfstatat, -1, "x", &st, 0), -EBADF, "EBADF: newfstatat");
	eq(sc(SYS_newfstatat, fd, "x", &st, 0), -ENOTDIR, "ENOTDIR: newfstatat relative to a file");
	eq(sc(SYS_newfstatat, AT_FDCWD, "", &st, 0), -ENOENT, "ENOENT: newfstatat of an empty path");
	eq(sc(SYS_newfstatat, AT_FDCWD, "/", &st, 0x40000000), -EINVAL, "EINVAL: newfstatat, unknown flag");
	for (int i = 0; i < BAD_POINTERS; i++) {
		eq(sc(SYS_stat, bad_pointers[i], &st), -EFAULT, "EFAULT: stat, path, bad pointer %d", i);
		eq(sc(SYS_stat, "/", bad_pointers[i]), -EFAULT, "EFAULT: stat, bad pointer %d", i);
		eq(sc(SYS_lstat, "/", bad_pointers[i]), -EFAULT, "EFAULT: lstat, bad pointer %d", i);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		directory = argv[1];
	files();
	others();
	errors();
	return tap_done();
}
