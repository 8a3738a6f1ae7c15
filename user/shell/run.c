/*
 * run.c - runs whole inputs: what a person types, a script, the inside of $(...).
 */
#include "user/shell/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/shell/arena.h"
#include "user/shell/exec.h"
#include "user/shell/job.h"
#include "user/shell/redirect.h"
#include "user/shell/shell.h"

int run_input(struct input *input)
{
	for (;;) {
		struct arena_mark mark = arena_mark();
		struct node *tree = NULL;
		enum parse_result result = parse_command(input, &tree);

		if (result == PARSE_ERROR) {
			shell.status = 2;
			if (!input->prompts)
				shell_exit(2);
		} else if (tree) {
			exec_list(tree);
		}
		arena_release(mark);
		if (result == PARSE_END)
			return shell.status;
		if (input->prompts) {
			shell.interrupted = false;
			shell.leave_loops = 0;
		}
	}
}

int run_string(const char *text)
{
	struct input input;

	input_from_string(&input, text);
	return run_input(&input);
}

static char *capture_read(int fd)
{
	struct buffer output = {0};
	char block[1024];
	ssize_t got;

	while ((got = read(fd, block, sizeof block)) > 0)
		for (ssize_t i = 0; i < got; i++)
			if (block[i])
				buffer_put(&output, block[i]);
	while (output.length && output.data[output.length - 1] == '\n')
		output.data[--output.length] = '\0';
	return buffer_take(&output);
}

char *run_capture(const char *text)
{
	int ends[2], wait_status = 0;
	char *output = NULL;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		shell_warn("cannot make a pipe: %s", strerror(errno));
		return NULL;
	}
	pid = fork();
	if (pid < 0)
		shell_warn("cannot fork: %s", strerror(errno));
	if (pid == 0) {
		job_enter_child(false);
		close(ends[0]);
		fd_move(ends[1], STDOUT_FILENO);
		shell_exit(run_string(text));
	}
	close(ends[1]);
	if (pid > 0) {
		output = capture_read(ends[0]);
		while (waitpid(pid, &wait_status, 0) < 0 && errno == EINTR)
			;
		shell.capture_status = job_exit_status(wait_status);
		shell.interrupted = shell.interactive && shell.capture_status == 128 + SIGINT;
	}
	close(ends[0]);
	return shell.interrupted ? NULL : output;
}
