/*
 * sys_poll.c - decoders of poll and ppoll. All of ring 3's list is fetched first, as on Linux; what was found is
 * written at the end, whatever that was.
 */
#include "ipc/handle.h"
#include "ipc/poll.h"
#include "kernel/lib/errno.h"
#include "kernel/syscall.h"
#include "mm/cache.h"

#define CHUNK ((CACHE_MAX_SIZE - sizeof(struct poll_set)) / sizeof(struct poll_item))

struct pollfd_abi {
	i32 fd;
	u16 events, revents;
};

static int item_fetch(struct handle_table *t, uva_t from, struct poll_item *out)
{
	struct pollfd_abi p;

	if (copy_from_user(&p, from, sizeof(p)))
		return -EFAULT;
	out->events = p.events;
	out->file = handle_get(t, p.fd, 0);
	out->revents = p.fd >= 0 && !out->file ? POLLNVAL : 0; /* a negative one is passed over */
	return 0;
}

/* Ring 3's n entries as a list at *at, which the caller destroys, even after an error. */
static int set_fetch(struct handle_table *t, uva_t from, u32 n, struct poll_set **at)
{
	int err = 0;

	while (n && !err) {
		u32 count = MIN(n, (u32)CHUNK);
		struct poll_set *s = kmalloc_zeroed(sizeof(*s) + count * sizeof(s->items[0]));

		*at = s;
		if (!s)
			return -ENOMEM;
		for (; s->count < count && !err; from.v += sizeof(struct pollfd_abi))
			err = item_fetch(t, from, &s->items[s->count++]);
		n -= count;
		at = &s->next;
	}
	return err;
}

static int set_put(const struct poll_set *s, uva_t to)
{
	for (; s; s = s->next)
		for (u32 i = 0; i < s->count; i++, to.v += sizeof(struct pollfd_abi)) {
			u16 found = (u16)s->items[i].revents;

			if (copy_to_user(uva(to.v + offsetof(struct pollfd_abi, revents)), &found, sizeof(found)))
				return -EFAULT;
		}
	return 0;
}

static void set_destroy(struct poll_set *s)
{
	while (s) {
		struct poll_set *next = s->next;

		for (u32 i = 0; i < s->count; i++)
			if (s->items[i].file)
				file_unref(s->items[i].file);
		kfree(s);
		s = next;
	}
}

static i64 poll_fds(struct thread *self, const struct trapframe *f, u64 deadline)
{
	struct poll_set *all = NULL;
	u32 n = (u32)arg(f, 1);
	i64 result;

	if (n > limit_soft(self->process->limits, LIMIT_NOFILE))
		return -EINVAL;
	result = set_fetch(self->process->handles, arg_uva(f, 0), n, &all);
	if (!result) {
		result = poll_wait(all, deadline);
		if (set_put(all, arg_uva(f, 0)))
			result = -EFAULT;
	}
	set_destroy(all);
	return result;
}

static u64 deadline_in(u64 ns)
{
	return ns ? clock_after(ns) : 0;
}

i64 sys_poll(struct thread *self, struct trapframe *f)
{
	int ms = arg_int(f, 2);

	if (!self->restarted)
		self->restart_deadline = ms < 0 ? TIME_NEVER : deadline_in((u64)ms * 1000000);
	return poll_fds(self, f, self->restart_deadline);
}

/* The time that is left is written back, if it can be; a restart then waits for that. */
static void remainder_put(uva_t to, u64 deadline)
{
	u64 now = clock_now();
	struct timespec_abi left = timespec_from(deadline > now ? deadline - now : 0);

	if (to.v && deadline)
		(void)copy_to_user(to, &left, sizeof(left));
}

i64 sys_ppoll(struct thread *self, struct trapframe *f)
{
	uva_t time = arg_uva(f, 2), mask = arg_uva(f, 3);
	u64 ns, deadline = TIME_NEVER, set;
	int err = time.v ? timespec_fetch(time, &ns) : 0;
	i64 result;

	if (!err && time.v)
		deadline = deadline_in(ns);
	if (!err && mask.v)
		err = sigset_fetch(mask, arg(f, 4), &set);
	if (err)
		return err;
	if (mask.v)
		signal_suspend_mask(set);
	result = poll_fds(self, f, deadline);
	remainder_put(time, deadline);
	if (result != -EINTR)
		signal_resume_mask();
	return result;
}
