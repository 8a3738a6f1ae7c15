/*
 * group.h - process groups and sessions (POSIX 2.3.x "Job Control", 3.157, 3.343), under process_lock.
 */
#pragma once

#include "sched/process.h"

/*
 * `p` changes parent, or is ending: if that leaves its group orphaned (no member has a parent outside the
 * group but inside the session) and a member is stopped, the group gets SIGHUP and SIGCONT. `dying` is the
 * process whose end it is and no longer counts. process_lock held.
 */
void group_check_orphaned(struct process *p, const struct process *dying);
/* Is the group orphaned now? process_lock held. */
bool group_orphaned(i32 pgid, const struct process *dying);
/* Of process.c. process_lock held: */
extern struct process *init_process;                /* process 1; written once */
void process_drop_thread_locked(struct thread *t);  /* it leaves its process, whose numbers keep what it used */
void process_reap_locked(struct process *p);        /* frees a zombie */
