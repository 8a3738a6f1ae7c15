/* t_pthread_lock_free - a stack without locks: compare-and-swap of its head, which has a tag against ABA. */
#include "threads.h"

#define THREADS 4
#define NODES 16 /* few, so that the same ones come and go */
#define ROUNDS 800

static int next_of[NODES], owners[NODES], uses[NODES], shared, finds_none;
static uint64_t head; /* the tag in the upper half, the node's number and 1 in the lower, 0: empty */

static uint64_t with_new_tag(uint64_t old, int node)
{
	return ((old >> 32) + 1) << 32 | (unsigned)(node + 1);
}

/* If it still is `old`; else that becomes what it is now. */
static int replace_head(uint64_t *old, uint64_t new)
{
	return __atomic_compare_exchange_n(&head, old, new, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static FENCED void push(int node)
{
	uint64_t old = __atomic_load_n(&head, __ATOMIC_SEQ_CST);

	do
		__atomic_store_n(&next_of[node], (int)(uint32_t)old - 1, __ATOMIC_RELAXED);
	while (!replace_head(&old, with_new_tag(old, node)));
}

/*
 * Between the load of `next` and the swap others may take this node and the next one, and put this one back. The head
 * would then look the same, and `next` would be wrong: this is the ABA problem. The tag makes the two heads differ.
 */
static FENCED int pop(void)
{
	uint64_t old = __atomic_load_n(&head, __ATOMIC_SEQ_CST);
	int node, next;

	do {
		node = (int)(uint32_t)old - 1;
		if (node < 0)
			return -1;
		next = __atomic_load_n(&next_of[node], __ATOMIC_RELAXED);
	} while (!replace_head(&old, with_new_tag(old, next)));
	return node;
}

/* Takes up to three nodes, which then are its own, and puts them back. */
static void *takes_and_gives(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		int mine[3], n = 0;

		while (n <= i % 3 && (mine[n] = pop()) >= 0)
			n++;
		if (n <= i % 3)
			add(&finds_none, 1);
		for (int j = 0; j < n; j++) {
			if (add(&owners[mine[j]], 1) != 1)
				add(&shared, 1);
			uses[mine[j]]++;
		}
		if (i % 16 == 0)
			sched_yield();
		for (int j = 0; j < n; j++) {
			add(&owners[mine[j]], -1);
			push(mine[j]);
		}
	}
	return unused;
}

int main(void)
{
	int seen[NODES] = {0}, node, n = 0, once = 1, sum = 0, wanted = 0;

	for (int i = 0; i < NODES; i++)
		push(i);
	run_threads(THREADS, takes_and_gives);
	eq(shared, 0, "no node had two owners");
	eq(finds_none, 0, "there were always enough");
	for (; n <= NODES && (node = pop()) >= 0; n++)
		seen[node]++;
	for (int i = 0; i < NODES; i++) {
		once &= seen[i] == 1;
		sum += uses[i];
	}
	for (int i = 0; i < ROUNDS; i++)
		wanted += THREADS * (i % 3 + 1);
	eq(n, NODES, "all nodes are back");
	ok(once, "each once");
	eq(sum, wanted, "and no use was lost, though nobody locked");
	return tap_done();
}
