/* t_futex_eventcount - an event count: look, note the count, look again, sleep; so no event between is missed. */
#include "threads.h"

#define PLACES 8 /* in a ring that one thread fills and one empties, without locks */
#define ITEMS 1000
#define TURN 200

static struct event {
	int count, waiting;
} filled, emptied;

static int ring[PLACES], head, tail;

/* Who signals makes a system call only if somebody has said that it may sleep. */
static FENCED void signal_event(struct event *e)
{
	add(&e->count, 1);
	if (read_word(&e->waiting))
		futex_wake(&e->count, 1 << 30);
}

/* The count is read before the condition is looked at for the last time: an event after that makes the sleep fail. */
static FENCED void await_event(struct event *e, int (*holds)(void))
{
	while (!holds()) {
		int seen;

		add(&e->waiting, 1);
		seen = read_word(&e->count);
		if (!holds())
			futex_wait(&e->count, seen);
		add(&e->waiting, -1);
	}
}

static int has_item(void)
{
	return read_word(&head) != read_word(&tail);
}

static int has_place(void)
{
	return read_word(&head) - read_word(&tail) < PLACES;
}

static void *fills(void *unused)
{
	for (int i = 0; i < ITEMS; i++) {
		await_event(&emptied, has_place);
		ring[i % PLACES] = i;
		add(&head, 1);
		signal_event(&filled);
		if (i % TURN == TURN - 1)
			sleep_ms(1); /* the other runs dry, and sleeps */
	}
	return unused;
}

static void *empties(void *unused)
{
	long wrong = 0;

	(void)unused;
	for (int i = 0; i < ITEMS; i++) {
		await_event(&filled, has_item);
		wrong += ring[i % PLACES] != i;
		add(&tail, 1);
		signal_event(&emptied);
		if (i % TURN == 0)
			sleep_ms(1);
	}
	return (void *)wrong;
}

static int never(void)
{
	return read_word(&filled.count) > ITEMS;
}

static void *waits(void *unused)
{
	await_event(&filled, never);
	return unused;
}

int main(void)
{
	pthread_t filler = start(fills, 0), emptier = start(empties, 0), t[4];

	join(filler);
	eq((long)join(emptier), 0, "all items in order");
	ok(head == ITEMS && tail == ITEMS, "and the ring is empty");
	eq(filled.count, ITEMS, "events are counted whether or not somebody waits");
	eq(filled.waiting + emptied.waiting, 0, "nobody waits any more");
	for (int i = 0; i < 4; i++)
		t[i] = start(waits, 0);
	await_sleepers(&filled.count, 4);
	eq(filled.waiting, 4, "four wait for one event");
	signal_event(&filled);
	for (int i = 0; i < 4; i++)
		join(t[i]);
	eq(filled.waiting, 0, "and all get it");
	return tap_done();
}
