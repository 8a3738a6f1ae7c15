/*
 * exec.c - walks the tree. What must not change the shell (members of pipelines, ( ), & and programs) runs in
 * children, all else in the shell itself.
 */
#include "user/shell/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/shell/arena.h"
#include "user/shell/builtin.h"
#include "user/shell/expand.h"
#include "user/shell/job.h"
#include "user/shell/program.h"
#include "user/shell/redirect.h"
#include "user/shell/sentinel.h"
#include "user/shell/shell.h"
#include "user/shell/text.h"
#include "user/shell/var.h"

static int exec_and_or(const struct node *chain);
static int exec_simple(const struct node *node, bool in_child);

/* NAME=word: sets the variable. */
static bool exec_assign(const struct word *assignments, bool exported)
{
	for (; assignments; assignments = assignments->next) {
		size_t length = name_length(assignments->text);
		char *value = expand_string(assignments->text + length + 1);
		char *name = arena_copy(assignments->text, length);

		if (!value)
			return false;
		var_set(name, value);
		if (exported)
			var_export(name);
	}
	return true;
}

/* In a child: the rest of its life. */
static _Noreturn void exec_command_child(const struct node *node, char **argv)
{
	if (!redirect_apply(node->redirects, NULL) || !exec_assign(node->assignments, true))
		shell_exit(2);
	shell_exit(program_exec(argv));
}

/* Runs a list in ( ), a compound command or the like, with its redirections, in the shell itself. */
static int exec_compound(const struct node *node);

/* A member of a pipeline, or what stands before &: in a child. */
static _Noreturn void exec_child(const struct node *node)
{
	if (node->kind == NODE_AND_OR)
		shell_exit(exec_and_or(node));
	if (node->kind == NODE_COMMAND)
		shell_exit(exec_simple(node, true));
	if (!redirect_apply(node->redirects, NULL))
		shell_exit(2);
	shell_exit(node->kind == NODE_SUBSHELL ? exec_list(node->first) : exec_compound(node));
}

static void fd_close(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* Starts a chain of nodes, each in a process of its own, joined by pipes. */
static int exec_job(const struct node *first, bool background)
{
	struct job *job = job_create(text_of_chain(first));
	int input = -1;

	for (const struct node *node = first; node; node = node->next) {
		int ends[2] = {-1, -1};
		pid_t pid;

		if (node->next && pipe2(ends, O_CLOEXEC) < 0) {
			shell_warn("cannot make a pipe: %s", strerror(errno));
			break;
		}
		pid = job_fork(job, background, node == first);
		if (pid == 0) {
			if (input >= 0)
				fd_move(input, STDIN_FILENO);
			if (ends[1] >= 0)
				fd_move(ends[1], STDOUT_FILENO);
			fd_close(ends[0]);
			exec_child(node);
		}
		fd_close(input);
		fd_close(ends[1]);
		input = ends[0];
		if (pid < 0)
			break;
	}
	fd_close(input);
	return background ? job_background(job) : job_foreground(job);
}

static int exec_external(const struct node *node, char **argv)
{
	struct job *job = job_create(text_of_chain(node));

	if (job_fork(job, false, true) == 0)
		exec_command_child(node, argv);
	return job_foreground(job);
}

/* Assignments before a builtin last as long as it runs, unless it is one of POSIX's special ones. */
static int exec_builtin(const struct node *node, const struct builtin *builtin, struct fields *fields)
{
	struct var_saved *variables = builtin->special ? NULL : var_save(node->assignments);
	struct redirect_saved *files;
	int status = 2;

	if (!redirect_apply(node->redirects, &files))
		return status;
	if (exec_assign(node->assignments, !builtin->special))
		status = builtin->run((int)fields->count, fields->value);
	if (fflush(stdout) != 0) {
		shell_warn("%s: cannot write: %s", builtin->name, strerror(errno));
		clearerr(stdout);
		status = 1;
	}
	var_restore(variables);
	/* `exec` without a program is how a shell changes its own files. */
	if (strcmp(builtin->name, "exec") != 0)
		redirect_restore(files);
	return status;
}

static int exec_nothing(const struct node *node)
{
	struct redirect_saved *files;

	if (!redirect_apply(node->redirects, &files))
		return 2;
	redirect_restore(files);
	return exec_assign(node->assignments, false) ? shell.capture_status : 2;
}

static int exec_simple(const struct node *node, bool in_child)
{
	struct arena_mark mark = arena_mark();
	const struct builtin *builtin;
	struct fields fields;
	int status = 2;

	shell.capture_status = 0;
	if (!expand_words(node->words, &fields))
		;
	else if (!fields.count)
		status = exec_nothing(node);
	else if ((builtin = builtin_find(fields.value[0])) != NULL)
		status = exec_builtin(node, builtin, &fields);
	else if (in_child)
		exec_command_child(node, fields.value);
	else
		status = exec_external(node, fields.value);
	arena_release(mark);
	return status;
}

/* Between two rounds of a loop: does it go on? */
static bool loop_goes_on(void)
{
	if (sentinel_fired())
		shell.interrupted = true;
	if (shell.interrupted)
		return false;
	if (!shell.leave_loops)
		return true;
	shell.leave_loops--;
	return shell.leave_loops == 0 && shell.continuing;
}

static int exec_while(const struct node *node)
{
	bool wanted = node->kind == NODE_WHILE;
	int status = 0;

	do {
		bool truth = exec_list(node->first) == 0;

		if (shell_leaving())
			continue;
		if (truth != wanted)
			break;
		status = exec_list(node->body);
	} while (loop_goes_on());
	return status;
}

static int exec_for(const struct node *node)
{
	struct fields fields = {.value = shell.arguments};
	int status = 0;

	if (!node->all_arguments && !expand_words(node->words, &fields))
		return 2;
	for (char **value = fields.value; *value; value++) {
		var_set(node->name, *value);
		status = exec_list(node->body);
		if (!loop_goes_on())
			break;
	}
	return status;
}

static int exec_loop(const struct node *node)
{
	int status;

	/* A loop of builtins alone gives Ctrl-C nothing to end. */
	if (shell.loop_depth++ == 0)
		sentinel_start();
	status = node->kind == NODE_FOR ? exec_for(node) : exec_while(node);
	if (--shell.loop_depth == 0)
		sentinel_stop();
	return status;
}

static int exec_if(const struct node *node)
{
	bool truth = exec_list(node->first) == 0;

	if (shell_leaving())
		return shell.status;
	if (truth)
		return exec_list(node->body);
	if (!node->other)
		return 0;
	return node->other->kind == NODE_IF ? exec_if(node->other) : exec_list(node->other);
}

static int exec_compound(const struct node *node)
{
	switch (node->kind) {
	case NODE_GROUP:
		return exec_list(node->first);
	case NODE_IF:
		return exec_if(node);
	default:
		return exec_loop(node);
	}
}

static int exec_compound_here(const struct node *node)
{
	struct arena_mark mark = arena_mark();
	struct redirect_saved *files;
	int status = 2;

	if (redirect_apply(node->redirects, &files)) {
		status = exec_compound(node);
		redirect_restore(files);
	}
	arena_release(mark);
	return status;
}

static int exec_pipeline(const struct node *pipeline)
{
	const struct node *first = pipeline->first;
	struct arena_mark mark = arena_mark();

	if (first->next || first->kind == NODE_SUBSHELL)
		shell.status = exec_job(first, false);
	else if (first->kind == NODE_COMMAND)
		shell.status = exec_simple(first, false);
	else
		shell.status = exec_compound_here(first);
	arena_release(mark);
	if (pipeline->negated)
		shell.status = !shell.status;
	return shell.status;
}

static int exec_and_or(const struct node *chain)
{
	for (const struct node *node = chain->first; node && !shell_leaving(); node = node->next)
		if (node->link != (shell.status == 0 ? TOKEN_OR : TOKEN_AND))
			exec_pipeline(node);
	return shell.status;
}

static int exec_background(const struct node *chain)
{
	struct arena_mark mark = arena_mark();
	struct node alone = *chain;

	alone.next = NULL;
	if (chain->first->next || chain->first->negated)
		exec_job(&alone, true);
	else
		exec_job(chain->first->first, true);
	arena_release(mark);
	return 0;
}

int exec_list(const struct node *list)
{
	for (const struct node *chain = list->first; chain && !shell_leaving(); chain = chain->next)
		shell.status = chain->background ? exec_background(chain) : exec_and_or(chain);
	return shell.status;
}
