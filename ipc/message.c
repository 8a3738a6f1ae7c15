/*
 * message.c - the memory of messages, and the two copies of each. See message.h.
 *
 *      struct message | bytes ...  (one kmalloc block of at most 4096)
 *           `more` -> next | bytes ... -> next | bytes ...  (blocks of at most 4096)
 */
#include "ipc/message.h"

#include "kernel/lib/errno.h"
#include "mm/cache.h"
#include "sched/process.h"

#define PIECE_MAX 4096
#define FIRST_MAX (PIECE_MAX - sizeof(struct message))
#define BLOCK_MAX (PIECE_MAX - sizeof(struct message_block))

static u64 live; /* atomic */

u64 messages_live(void)
{
	return __atomic_load_n(&live, __ATOMIC_RELAXED);
}

static bool blocks_add(struct message *m, u64 length)
{
	struct message_block **at = &m->more;

	for (u64 n; length; length -= n) {
		n = MIN(length, BLOCK_MAX);
		*at = kmalloc(sizeof(**at) + n);
		if (!*at)
			return false;
		(*at)->next = NULL;
		at = &(*at)->next;
	}
	return true;
}

struct message *message_create(u64 length, u32 priority)
{
	u64 first = MIN(length, FIRST_MAX);
	struct message *m = kmalloc(sizeof(*m) + first);
	const struct process *p = process_current();

	if (!m)
		return NULL;
	list_init(&m->link);
	m->priority = priority;
	m->length = (u32)length;
	m->sender = (struct message_sender){0};
	if (p)
		m->sender = (struct message_sender){p->pid, p->uid, p->identity};
	m->more = NULL;
	__atomic_fetch_add(&live, 1, __ATOMIC_RELAXED);
	if (length > first && !blocks_add(m, length - first)) {
		message_free(m);
		return NULL;
	}
	return m;
}

void message_free(struct message *m)
{
	struct message_block *next;

	for (struct message_block *b = m->more; b; b = next) {
		next = b->next;
		kfree(b);
	}
	kfree(m);
	__atomic_fetch_sub(&live, 1, __ATOMIC_RELAXED);
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

	for (struct message_block *b = m->more; b && !err; b = b->next, done += n) {
		n = MIN(m->length - done, BLOCK_MAX);
		err = piece_copy(b->bytes, uva(user.v + done), n, in);
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
