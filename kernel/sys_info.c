/*
 * sys_info.c - bh_info: what ps, pmap and meminfo show (kernel/abi/bulkhead.h).
 *
 * Records are made in the kernel, a few at a time, and copied out with no lock held.
 */
#include "ipc/archive.h"
#include "ipc/handle.h"
#include "ipc/mqueue.h"
#include "kernel/abi/bulkhead.h"
#include "kernel/lib/config.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/syscall.h"
#include "mm/audit.h"
#include "mm/cache.h"
#include "mm/frame.h"
#include "mm/kstack.h"
#include "mm/region.h"
#include "sched/mutex.h"
#include "sched/stop.h"

/* A caller's buffer that is being filled with records of one size. */
struct sink {
	uva_t to;
	u64 size, needed;
	bool fault;
};

static void sink_put(struct sink *s, const void *record, u64 bytes)
{
	if (s->needed + bytes <= s->size && copy_to_user(uva(s->to.v + s->needed), record, bytes))
		s->fault = true;
	s->needed += bytes;
}

static char state_of(const struct process *p)
{
	if (p->zombie)
		return 'Z';
	if (p->stopped)
		return 'T';
	list_for(i, (struct list *)&p->threads)
		if (list_entry(i, struct thread, group_link)->state != THREAD_SLEEPING)
			return 'R';
	return 'S';
}

static void describe(const struct process *p, struct bh_process *out)
{
	*out = (struct bh_process){
		.pid = p->pid, .ppid = p->parent ? p->parent->pid : 0, .pgid = p->pgid, .sid = p->sid,
		.uid = p->cred.user.real, .state = state_of(p), .pages = p->aspace ? p->aspace->resident : 0,
		.cpu_ns = process_cpu_ns(p),
	};
	memcpy(out->name, p->name, sizeof out->name);
}

/* Who may not look into a process does not see it at all. process_lock held. */
static bool visible(const struct process *p)
{
	const struct process *self = process_current();

	return p == self || cred_may_inspect(&self->cred, &p->cred);
}

/* The first process with a pid above `after`. */
static bool next_process(i32 after, struct bh_process *out)
{
	struct process *p;

	lock_acquire(&process_lock);
	for (p = process_first(); p && (p->pid <= after || !visible(p)); p = process_next(p))
		;
	if (p)
		describe(p, out);
	lock_release(&process_lock);
	return p;
}

static void list_processes(struct sink *s)
{
	struct bh_process record = {.pid = 0};

	while (!s->fault && next_process(record.pid, &record))
		sink_put(s, &record, sizeof record);
}

/* The space of process `pid`, with a reference. NULL: no such process, or it has none any more. */
static struct aspace *aspace_of(i32 pid)
{
	struct aspace *as = NULL;
	struct process *p;

	lock_acquire(&process_lock);
	p = process_find(pid);
	if (p && p->aspace && visible(p)) {
		as = p->aspace;
		aspace_ref(as);
	}
	lock_release(&process_lock);
	return as;
}

static bool next_region(struct aspace *as, u64 after, struct bh_region *out)
{
	struct region *r;

	mutex_lock(&as->lock);
	r = region_at_or_after(as, after);
	if (r) {
		*out = (struct bh_region){r->start, r->end, region_resident(as, r), prot_to_linux(r->prot), {0}};
		string_copy(out->name, region_name(r), sizeof out->name);
	}
	mutex_unlock(&as->lock);
	return r;
}

static i64 list_regions(struct sink *s, i64 pid)
{
	struct bh_region record = {.end = 0};
	struct aspace *as = pid > 0 && pid <= INT32_MAX ? aspace_of((i32)pid) : NULL;

	if (!as)
		return -ESRCH;
	while (!s->fault && next_region(as, record.end, &record))
		sink_put(s, &record, sizeof record);
	aspace_unref(as);
	return 0;
}

static void put_memory(struct sink *s)
{
	struct bh_memory m = {
		.total_pages = frame_total(), .free_pages = frame_free(), .kernel_pages = frame_used(),
		.archive_pages = ALIGN_UP(archive_length(), PAGE_SIZE) / PAGE_SIZE,
		.processes = process_count(), .threads = process_thread_count(),
	};

	sink_put(s, &m, sizeof m);
}

static void list_counters(struct sink *s)
{
	static const char names[COUNTERS][24] = {
#define COUNTER_NAME(symbol, name, what) name,
		COUNTER_LIST(COUNTER_NAME)
#undef COUNTER_NAME
	};
	/* The same again once everything that came later has ended. */
	const struct bh_counter existing[] = {
		{"frames-held", frame_used() - cache_frames() - kstack_kept_frames()},
		{"objects", cache_live_total()},
		{"handles", handles_live()},
		{"queues", mq_queues_live()},
	};

	for (enum counter i = 0; i < COUNTERS; i++) {
		struct bh_counter record = {.value = counter_sum(i)};

		memcpy(record.name, names[i], sizeof record.name);
		sink_put(s, &record, sizeof record);
	}
	for (u32 i = 0; i < ARRAY_SIZE(existing); i++)
		sink_put(s, &existing[i], sizeof existing[i]);
}

/* Did the allocation fail that was last chosen? And chooses the next. */
static i64 fail_nth(const struct thread *self, u64 n)
{
	bool hit = alloc_fail_hit_by(self);

	if (!BUILD_TEST)
		return -EINVAL;
	if (!cred_privileged(&self->process->cred))
		return -EPERM;
	alloc_fail_set_for(self, n);
	return hit;
}

/* All CPUs' numbers of the locks of one rank. */
static void put_lock(struct sink *s, u32 rank)
{
	struct bh_lock record = {.acquired = 0};
	const char *name = NULL;

	for (u32 i = 0; i < cpu_count; i++) {
		const struct lock_stat *stat = &cpus[i].locks.stats[rank];

		name = stat->name ? stat->name : name;
		record.acquired += stat->acquired;
		record.contended += stat->contended;
		record.spins += stat->spins;
	}
	if (!name)
		return;
	string_copy(record.name, name, sizeof record.name);
	sink_put(s, &record, sizeof record);
}

static void list_locks(struct sink *s)
{
	for (u32 rank = 0; rank < RANK_COUNT; rank++)
		put_lock(s, rank);
}

static i64 audit(struct sink *s)
{
	struct audit_result results[AUDIT_RULES];

	if (!cred_privileged(&process_current()->cred))
		return -EPERM;
	if (!stop_begin())
		return -ENOMEM;
	audit_run(results);
	stop_end();
	for (u32 i = 0; i < AUDIT_RULES; i++) {
		struct bh_rule record = {.checked = results[i].checked, .broken = results[i].broken};

		string_copy(record.name, results[i].name, sizeof record.name);
		sink_put(s, &record, sizeof record);
	}
	return 0;
}

i64 sys_bh_info(struct thread *self, struct trapframe *f)
{
	struct sink s = {.to = arg_uva(f, 2), .size = arg(f, 3)};
	i64 err = 0;

	switch (arg_int(f, 0)) {
	case BH_INFO_PROCESSES: list_processes(&s); break;
	case BH_INFO_REGIONS: err = list_regions(&s, (i64)arg(f, 1)); break;
	case BH_INFO_MEMORY: put_memory(&s); break;
	case BH_INFO_COUNTERS: list_counters(&s); break;
	case BH_INFO_FAIL_NTH: return fail_nth(self, arg(f, 1));
	case BH_INFO_LOCKS: list_locks(&s); break;
	case BH_INFO_AUDIT: err = audit(&s); break;
	default: err = -EINVAL;
	}
	return err ? err : s.fault ? -EFAULT : (i64)s.needed;
}
