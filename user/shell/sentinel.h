/*
 * sentinel.h - how a shell that ignores SIGINT, and cannot have handlers, notices Ctrl-C while it runs a
 * loop or waits: a child in its own process group lets itself be ended by the signal.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Only an interactive shell has one; elsewhere these do nothing. */
void sentinel_start(void);
void sentinel_stop(void);

/* Has Ctrl-C ended it since it was started? */
bool sentinel_fired(void);

/* wait4() gave a child that is no job's. */
void sentinel_ended(pid_t pid);

/* In a child of the shell: the sentinel is the parent's. */
void sentinel_forget(void);
