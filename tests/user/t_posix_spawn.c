/* t_posix_spawn - libc's way to start programs: clone with CLONE_VM and CLONE_VFORK on a stack of its own. */
#include "tap.h"

#include <spawn.h>

#define SELF "/proc/self/exe"

static int spawn_self(const char *mode, const char *argument, posix_spawn_file_actions_t *actions,
		      posix_spawnattr_t *attributes, char **envp)
{
	char *argv[] = {"self", (char *)mode, (char *)argument, 0};
	char *none[] = {0};
	int pid = -1, error = posix_spawn(&pid, SELF, actions, attributes, argv, envp ? envp : none);

	return error ? -error : pid;
}

static int child_main(char **argv)
{
	if (!strcmp(argv[1], "--exit"))
		return atoi(argv[2]);
	if (!strcmp(argv[1], "--say"))
		return write(1, argv[2], strlen(argv[2])) != (long)strlen(argv[2]);
	if (!strcmp(argv[1], "--env"))
		return getenv("COLOUR") && !strcmp(getenv("COLOUR"), "blue") ? 0 : 1;
	if (!strcmp(argv[1], "--open"))
		return fcntl(atoi(argv[2]), F_GETFD) >= 0;
	if (!strcmp(argv[1], "--group"))
		return getpgrp() == getpid();
	if (!strcmp(argv[1], "--session"))
		return getsid(0) == getpid();
	if (!strcmp(argv[1], "--term")) {
		kill(getpid(), SIGTERM);
		return 3;
	}
	return 44;
}

static void simple(void)
{
	char *envp[] = {"COLOUR=blue", 0};
	int fd[2], good = 0;
	posix_spawn_file_actions_t actions;
	char text[8] = "";

	eq(wait_for(spawn_self("--exit", "7", 0, 0, 0)), EXITED(7), "status of a spawned program");
	eq(wait_for(spawn_self("--env", 0, 0, 0, envp)), EXITED(0), "environment of a spawned program");
	for (int i = 0; i < 10; i++)
		good += wait_for(spawn_self("--exit", "1", 0, 0, 0)) == EXITED(1);
	eq(good, 10, "ten in a row");
	if (pipe2(fd, O_CLOEXEC))
		_exit(97);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd[1], 1);
	eq(wait_for(spawn_self("--say", "hello", &actions, 0, 0)), EXITED(0), "with its output on a pipe");
	eq(read(fd[0], text, sizeof text), 5, "five bytes arrive");
	ok(!strcmp(text, "hello"), "the right ones");
	posix_spawn_file_actions_destroy(&actions);
	close(fd[0]);
	close(fd[1]);
}

static void closing(void)
{
	posix_spawn_file_actions_t actions;
	int fd = dup(1);
	char number[8];

	snprintf(number, sizeof number, "%d", fd);
	eq(wait_for(spawn_self("--open", number, 0, 0, 0)), EXITED(1), "a descriptor is inherited");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addclose(&actions, fd);
	eq(wait_for(spawn_self("--open", number, &actions, 0, 0)), EXITED(0), "unless an action closes it");
	ok(fcntl(fd, F_GETFD) >= 0, "here it stays open");
	posix_spawn_file_actions_destroy(&actions);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, 9999, 1);
	eq(spawn_self("--exit", "0", &actions, 0, 0), -EBADF, "a failing action is reported");
	posix_spawn_file_actions_destroy(&actions);
	close(fd);
}

static void attributes(void)
{
	posix_spawnattr_t a;
	sigset_t set;

	posix_spawnattr_init(&a);
	posix_spawnattr_setflags(&a, POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setpgroup(&a, 0);
	eq(wait_for(spawn_self("--group", 0, 0, &a, 0)), EXITED(1), "in a process group of its own");
	posix_spawnattr_setflags(&a, POSIX_SPAWN_SETSID);
	eq(wait_for(spawn_self("--session", 0, 0, &a, 0)), EXITED(1), "in a session of its own");

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	posix_spawnattr_setsigmask(&a, &set);
	posix_spawnattr_setflags(&a, POSIX_SPAWN_SETSIGMASK);
	eq(wait_for(spawn_self("--term", 0, 0, &a, 0)), EXITED(3), "with a signal blocked");

	signal(SIGTERM, SIG_IGN);
	eq(wait_for(spawn_self("--term", 0, 0, 0, 0)), EXITED(3), "an ignored signal stays ignored");
	posix_spawnattr_setsigdefault(&a, &set);
	posix_spawnattr_setflags(&a, POSIX_SPAWN_SETSIGDEF);
	eq(wait_for(spawn_self("--term", 0, 0, &a, 0)), KILLED(SIGTERM), "unless reset to its default");
	signal(SIGTERM, SIG_DFL);
	posix_spawnattr_destroy(&a);
}

static void errors(void)
{
	char *argv[] = {"x", 0};
	int pid = 77, status;

	eq(posix_spawn(&pid, "/no/such/program", 0, 0, argv, 0), ENOENT, "a missing program is ENOENT");
	eq(posix_spawn(&pid, "/", 0, 0, argv, 0), EACCES, "a directory is EACCES");
	eq(sc(SYS_wait4, -1, &status, WNOHANG, 0), -ECHILD, "failures leave no child");
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strncmp(argv[1], "--", 2))
		return child_main(argv);
	simple();
	closing();
	attributes();
	errors();
	return tap_done();
}
