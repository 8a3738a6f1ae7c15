/* t_access - access, faccessat and faccessat2: with the real ids, in Linux's order of errors. */
#include "mq.h"
#include "users.h"

#ifndef AT_EACCESS
#define AT_EACCESS 0x200
#endif

static const char *directory = "/tests";
static char path[512];

static const char *in(const char *name)
{
	snprintf(path, sizeof path, "%s/bad/%s", directory, name);
	return path;
}

static void modes(void)
{
	eq(sc(SYS_access, in("data"), F_OK), 0, "a file is there");
	eq(sc(SYS_access, in("data"), R_OK), 0, "... can be read");
	eq(sc(SYS_access, in("data"), X_OK), -EACCES, "... not executed, even by root");
	eq(sc(SYS_access, in("data"), R_OK | X_OK), -EACCES, "... not both");
	eq(sc(SYS_access, in("good"), R_OK | X_OK), 0, "a program can be both");
	eq(sc(SYS_access, "/", X_OK), 0, "a directory can be searched");
	eq(sc(SYS_access, "/dev/null", R_OK | W_OK), 0, "/dev/null, although the tree cannot be written");
	eq(sc(SYS_access, "/dev/null", X_OK), -EACCES, "... not executed");
	eq(sc(SYS_access, "/proc/self/exe", R_OK | X_OK), 0, "a link is followed");
}

static void errors(void)
{
	eq(sc(SYS_access, in("nobody"), F_OK), -ENOENT, "ENOENT");
	eq(sc(SYS_access, in("data/x"), F_OK), -ENOTDIR, "ENOTDIR");
	eq(sc(SYS_access, "", F_OK), -ENOENT, "ENOENT: the empty path");
	eq(sc(SYS_access, "/", 8), -EINVAL, "EINVAL: the mode");
	eq(sc(SYS_access, "/", -1), -EINVAL, "EINVAL: any other mode");
	eq(sc(SYS_access, BAD_POINTER, 8), -EINVAL, "the mode is looked at first");
	eq(sc(SYS_access, BAD_POINTER, 0), -EFAULT, "EFAULT");
	eq(sc(SYS_access, in("nobody"), X_OK), -ENOENT, "ENOENT comes before EACCES");
	eq(sc(SYS_faccessat2, AT_FDCWD, "/", 0, 0x10000), -EINVAL, "EINVAL: a flag");
	eq(sc(SYS_faccessat2, 999, BAD_POINTER, 0, 0x10000), -EINVAL, "... before all else");
}

static void relative(void)
{
	char dir[256];
	int folder, ends[2], file = open(in("data"), O_RDONLY);

	snprintf(dir, sizeof dir, "%s/bad", directory);
	folder = open(dir, O_RDONLY | O_DIRECTORY);
	eq(sc(SYS_faccessat, folder, "data", R_OK), 0, "from a directory");
	eq(sc(SYS_faccessat, file, "data", R_OK), -ENOTDIR, "ENOTDIR: from a file");
	eq(sc(SYS_faccessat, 999, "data", R_OK), -EBADF, "EBADF");
	eq(sc(SYS_faccessat, 999, "/", R_OK), 0, "an absolute path needs no descriptor");
	eq(sc(SYS_faccessat, file, "", R_OK), -ENOENT, "ENOENT: faccessat has no flags");
	eq(sc(SYS_faccessat2, file, "", R_OK, 0), -ENOENT, "ENOENT: nor any given");
	eq(sc(SYS_faccessat2, file, "", R_OK, AT_EMPTY_PATH), 0, "the descriptor itself");
	eq(sc(SYS_faccessat2, file, "", X_OK, AT_EMPTY_PATH), -EACCES, "... by its mode");
	eq(sc(SYS_faccessat2, 999, "", R_OK, AT_EMPTY_PATH), -EBADF, "EBADF: no descriptor");
	eq(sc(SYS_faccessat2, AT_FDCWD, "", X_OK, AT_EMPTY_PATH), 0, "the current directory");
	pipe(ends);
	eq(sc(SYS_faccessat2, ends[0], "", W_OK, AT_EMPTY_PATH), 0, "a pipe, by its mode and not by its end");
	eq(sc(SYS_faccessat2, ends[0], "", X_OK, AT_EMPTY_PATH), -EACCES, "... which does not execute");
	eq(sc(SYS_faccessat2, AT_FDCWD, "/proc/self/exe", X_OK, AT_SYMLINK_NOFOLLOW), 0, "a link itself");
}

static int queue; /* root's, 0640: a message queue is the one file that can be given a mode everywhere */

static long ask(int want, int flags)
{
	return sc(SYS_faccessat2, queue, "", want, AT_EMPTY_PATH | flags);
}

/* Real ANN, effective root; and the other way round. */
static long real_ann(void *unused)
{
	(void)unused;
	if (sc(SYS_setgroups, 0, 0) || sc(SYS_setresgid, ANN, ANN, ANN) || sc(SYS_setresuid, ANN, 0, 0))
		return -9;
	return (ask(R_OK, 0) == -EACCES) + 2 * (ask(R_OK, AT_EACCESS) == 0) + 4 * (ask(F_OK, 0) == 0) +
	       8 * (ask(W_OK, 0) == -EACCES) + 16 * (sc(SYS_access, "/dev/null", R_OK | W_OK) == 0);
}

static long effective_ann(void *unused)
{
	(void)unused;
	if (sc(SYS_setgroups, 0, 0) || sc(SYS_setresgid, ANN, ANN, ANN) || sc(SYS_setresuid, 0, ANN, 0))
		return -9;
	return (ask(R_OK | W_OK, 0) == 0) + 2 * (ask(R_OK, AT_EACCESS) == -EACCES);
}

static long real_group(void *unused)
{
	(void)unused;
	if (sc(SYS_setgroups, 0, 0) || sc(SYS_setresgid, ANN, 0, ANN) || sc(SYS_setresuid, ANN, ANN, ANN))
		return -9;
	return (ask(R_OK, 0) == -EACCES) + 2 * (ask(R_OK, AT_EACCESS) == 0) + 4 * (ask(W_OK, AT_EACCESS) == -EACCES);
}

int main(int argc, char **argv)
{
	directory = argc > 1 ? argv[1] : directory;
	if (users_skip())
		return 0;
	modes();
	errors();
	relative();
	queue = sc(SYS_mq_open, mq_unique("access"), O_RDWR | O_CREAT | O_EXCL, 0640, 0);
	sc(SYS_mq_unlink, mq_name);
	eq(in_child(real_ann, 0), 31, "access asks for the real user, AT_EACCESS for the effective one");
	eq(in_child(effective_ann, 0), 3, "... whoever it is");
	eq(in_child(real_group, 0), 7, "... and for the real group");
	return tap_done();
}
