/*
 * message.c - the memory of messages, and the two copies of each. See message.h.
 *
 *      struct message | bytes ...      (one kmalloc block of at most a page)
 *              more[0] -> bytes ...    (what does not fit there, a page at most)
 *              more[1] -> bytes ...    (and the rest)
 */
#include "ipc/message.h"

#include "kernel/lib/errno.h"
#include "mm/cache.h"
#include "sched/process.h"

#define FIRST_MAX (PAGE_SIZE - sizeof(struct message))

struct message *message_create(u64 length, u32 priority)
{
	u64 first = MIN(length, FIRST_MAX), left = length - first;
	struct message *m = kmalloc(sizeof(*m) + first);
	const struct process *p = process_current();

	if (!m)
		return NULL;
	*m = (struct message){.priority = priority, .length = (u32)length};
	list_init(&m->link);
	if (p)
		m->sender = (struct message_sender){p->pid, p->cred.user.effective, p->identity};
	for (u8 **at = m->more; left; at++) {
		*at = kmalloc(MIN(left, PAGE_SIZE));
		if (!*at) {
			message_free(m);
			return NULL;
		}
		left -= MIN(left, PAGE_SIZE);
	}
	return m;
}

void message_free(struct message *m)
{
	if (m->length > FIRST_MAX) {
		kfree(m->more[0]);
		kfree(m->more[1]);
	}
	kfree(m);
}

static int piece_copy(u8 *piece, uva_t user, u64 n, bool in)
{
	return in ? copy_from_user(piece, user, n) : copy_to_user(user, piece, n);
}

/* Both copies, in or out. Most messages are one piece. */
static int copy(struct message *m, uva_t user, bool in)
{
	u64 n = MIN(m->length, FIRST_MAX), done = n;
	int err = n ? piece_copy(m->bytes, user, n, in) : 0;

	for (u8 **at = m->more; done < m->length && !err; at++, done += n) {
		n = MIN(m->length - done, PAGE_SIZE);
		err = piece_copy(*at, uva(user.v + done), n, in);
	}
	return err;
}

int message_from_user(uva_t from, u64 length, u32 priority, struct message **out)
{
	struct message *m = message_create(length, priority);
	int err = m ? copy(m, from, true) : -ENOMEM;

	if (m && err)
		message_free(m);
	*out = m;
	return err;
}

int message_to_user(const struct message *m, uva_t to)
{
	return copy((struct message *)m, to, false);
}
