/*
 * redirect.c - redirections. The shell's own descriptors are 10 and above, with close-on-exec.
 */
#include "user/shell/redirect.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/number.h"
#include "user/shell/arena.h"
#include "user/shell/expand.h"
#include "user/shell/shell.h"

#define OWN_DESCRIPTORS 10

struct redirect_saved {
	struct redirect_saved *older;
	int fd, copy; /* copy: -1 where fd was closed */
};

void fd_move(int from, int to)
{
	if (from == to) {
		fcntl(to, F_SETFD, 0);
		return;
	}
	dup2(from, to);
	close(from);
}

static bool redirect_dup(const struct redirect *redirect, const char *name)
{
	long from;

	if (strcmp(name, "-") == 0) {
		close(redirect->fd);
		return true;
	}
	if (!number_parse(name, &from) || from < 0 || from != (int)from || fcntl((int)from, F_GETFD) < 0) {
		shell_warn("%s: not an open descriptor", name);
		return false;
	}
	if (from != redirect->fd && dup2((int)from, redirect->fd) < 0) {
		shell_warn("%d: %s", redirect->fd, strerror(errno));
		return false;
	}
	return true;
}

static bool redirect_open(const struct redirect *redirect, const char *name)
{
	static const int flags[] = {
		[REDIRECT_READ] = O_RDONLY,
		[REDIRECT_WRITE] = O_WRONLY | O_CREAT | O_TRUNC,
		[REDIRECT_APPEND] = O_WRONLY | O_CREAT | O_APPEND,
		[REDIRECT_READ_WRITE] = O_RDWR | O_CREAT,
	};
	int fd = open(name, flags[redirect->kind], 0666);

	if (fd >= 0) {
		fd_move(fd, redirect->fd);
		return true;
	}
	if (errno == EROFS)
		shell_warn("%s: cannot write: the file system is read-only", name);
	else
		shell_warn("%s: cannot open: %s", name, strerror(errno));
	return false;
}

static void redirect_keep(int fd, struct redirect_saved **saved)
{
	struct redirect_saved *entry = arena_alloc(sizeof *entry);

	entry->older = *saved;
	entry->fd = fd;
	entry->copy = fcntl(fd, F_DUPFD_CLOEXEC, OWN_DESCRIPTORS);
	*saved = entry;
}

bool redirect_apply(const struct redirect *list, struct redirect_saved **saved)
{
	if (saved)
		*saved = NULL;
	for (; list; list = list->next) {
		const char *name = expand_string(list->text);
		bool good = name != NULL;

		if (good && saved)
			redirect_keep(list->fd, saved);
		if (good && list->kind == REDIRECT_DUP)
			good = redirect_dup(list, name);
		else if (good)
			good = redirect_open(list, name);
		if (!good) {
			if (saved)
				redirect_restore(*saved);
			return false;
		}
	}
	return true;
}

void redirect_restore(struct redirect_saved *saved)
{
	for (; saved; saved = saved->older) {
		if (saved->copy >= 0)
			fd_move(saved->copy, saved->fd);
		else
			close(saved->fd);
	}
}
