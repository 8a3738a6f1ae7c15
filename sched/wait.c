/*
 * wait.c - what wait4 and waitid look for: children that ended, stopped or continued (POSIX wait, waitid).
 */
#include "kernel/lib/errno.h"
#include "sched/group.h"

void wait_status_split(i32 status, i32 *code, i32 *value)
{
	*value = status >> 8;
	if (status == STATUS_CONTINUED) {
		*code = CLD_CONTINUED;
		*value = SIGCONT;
	} else if ((status & 0xff) == 0x7f) {
		*code = CLD_STOPPED;
	} else if (status & 0x7f) {
		*code = CLD_KILLED;
		*value = status & 0x7f;
	} else {
		*code = CLD_EXITED;
	}
}

static bool selected(const struct process *self, const struct process *child, i32 selector)
{
	if (selector == WAIT_ANY)
		return true;
	if (selector > 0)
		return child->pid == selector;
	return child->pgid == (selector ? -selector : self->pgid);
}

static void report(struct process *child, i32 status, struct wait_result *out)
{
	usage_update(child);
	*out = (struct wait_result){child->pid, status, child->cred.user.real, child->own};
	usage_add(&out->usage, &child->reaped);
}

/* Does this child have something to tell? Takes it, unless WNOWAIT. */
static bool collect(struct process *self, struct process *child, u32 options, struct wait_result *out)
{
	u32 event = 0;

	if (child->zombie && (options & WEXITED)) {
		report(child, child->wait_status, out);
		if (!(options & WNOWAIT)) {
			usage_add(&self->reaped, &out->usage);
			process_reap_locked(child);
		}
		return true;
	}
	if ((child->wait_events & WAIT_STOPPED) && (options & WUNTRACED)) {
		event = WAIT_STOPPED;
		report(child, status_stopped(child->stop_signal), out);
	} else if ((child->wait_events & WAIT_CONTINUED) && (options & WCONTINUED)) {
		event = WAIT_CONTINUED;
		report(child, STATUS_CONTINUED, out);
	}
	if (event && !(options & WNOWAIT))
		child->wait_events &= ~event;
	return event;
}

/* 1: found. 0: there are such children, but nothing to tell. */
static int look(struct process *self, i32 selector, u32 options, struct wait_result *out)
{
	int result = -ECHILD;

	list_for_safe(i, &self->children) {
		struct process *child = list_entry(i, struct process, sibling);

		if (!selected(self, child, selector))
			continue;
		if (collect(self, child, options, out))
			return 1;
		if (!child->zombie) /* the dead have nothing more to tell to those who did not ask for WEXITED */
			result = 0;
	}
	return result;
}

int process_wait(i32 selector, u32 options, struct wait_result *out)
{
	struct process *self = process_current();
	int result;

	*out = (struct wait_result){0};
	lock_acquire(&process_lock);
	while (!(result = look(self, selector, options, out)) && !(options & WNOHANG)) {
		result = waitq_sleep(&self->child_exit, &process_lock, TIME_NEVER);
		if (result)
			break;
	}
	lock_release(&process_lock);
	return MIN(result, 0);
}
