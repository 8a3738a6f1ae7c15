/* t_getdents - listing a directory of the archive: complete, once each, in pieces of any size. */
#include "tap.h"

#include <dirent.h>
#include <sys/stat.h>

#define ENTRIES 67 /* what mkbad.py writes, and two dots */

struct entry { /* linux_dirent64 */
	uint64_t ino, off;
	unsigned short length;
	unsigned char type;
	char name[];
};

static const char *directory = "/tests";
static char path[512];
static const char *expected[] = {"data", "empty", "one", "good", "enoexec_text", "dies_no_load"};

static int open_directory(void)
{
	snprintf(path, sizeof path, "%s/bad", directory);
	return open(path, O_RDONLY | O_DIRECTORY);
}

struct listing {
	int entries, dots, found[6], sane;
	long last;
};

static void take(struct listing *l, const struct entry *e)
{
	l->entries++;
	l->sane &= e->length % 8 == 0 && e->length >= 19 + strlen(e->name) + 1 && e->ino != 0;
	if (!strcmp(e->name, ".") || !strcmp(e->name, "..")) {
		l->dots++;
		l->sane &= e->type == DT_DIR || e->type == DT_UNKNOWN;
	} else {
		l->sane &= e->type == DT_REG || e->type == DT_UNKNOWN;
	}
	for (int i = 0; i < 6; i++)
		l->found[i] += !strcmp(e->name, expected[i]);
}

static struct listing list(int fd, int size)
{
	static char buffer[PAGE] __attribute__((aligned(8)));
	struct listing l = {.sane = 1};
	long n;

	while ((n = sc(SYS_getdents64, fd, buffer, size)) > 0)
		for (long at = 0; at < n;) {
			struct entry *e = (struct entry *)(buffer + at);

			take(&l, e);
			if (e->length == 0)
				return l;
			at += e->length;
		}
	l.last = n;
	return l;
}

static void complete(int size, const char *what)
{
	int fd = open_directory(), once = 1;
	struct listing l = list(fd, size);

	eq(l.last, 0, "%s: ends with 0", what);
	ok(l.sane, "%s: records are well formed", what);
	for (int i = 0; i < 6; i++)
		once &= l.found[i] == 1;
	ok(once, "%s: each file once", what);
	eq(l.dots, 2, "%s: the directory and its parent", what);
	eq(l.entries, ENTRIES, "%s: nothing else", what);
	eq(sc(SYS_lseek, fd, 0, SEEK_SET), 0, "%s: rewound", what);
	eq(list(fd, size).entries, ENTRIES, "%s: the same again", what);
	close(fd);
}

static void through_libc(void)
{
	struct dirent *e;
	DIR *d;
	int count = 0;

	snprintf(path, sizeof path, "%s/bad", directory);
	d = opendir(path);
	ok(d != 0, "opendir");
	while (d && (e = readdir(d)))
		count++;
	eq(count, ENTRIES, "readdir");
	if (d)
		closedir(d);
	d = opendir("/");
	count = 0;
	while (d && (e = readdir(d)))
		count++;
	ok(count > 2, "the root has entries");
	if (d)
		closedir(d);
}

static void errors(void)
{
	char small[10], big[PAGE];
	int fd = open_directory(), pipes[2];

	if (pipe(pipes))
		_exit(97);
	eq(sc(SYS_getdents64, fd, small, sizeof small), -EINVAL, "EINVAL: no room for one record");
	eq(sc(SYS_getdents64, fd, small, 0), -EINVAL, "EINVAL: no room at all");
	for (int i = 0; i < BAD_POINTERS; i++)
		eq(sc(SYS_getdents64, fd, bad_pointers[i], PAGE), -EFAULT, "EFAULT: bad pointer %d", i);
	eq(sc(SYS_getdents64, -1, big, PAGE), -EBADF, "EBADF: -1");
	eq(sc(SYS_getdents64, pipes[0], big, PAGE), -ENOTDIR, "ENOTDIR: a pipe");
	eq(list(fd, PAGE).entries, ENTRIES, "refused calls lose no entry");
	close(pipes[0]);
	close(pipes[1]);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		directory = argv[1];
	complete(PAGE, "a page");
	complete(72, "72 bytes");
	through_libc();
	errors();
	return tap_done();
}
