/* t_pthread_robust - locks whose owner has died: robust mutexes, and robust lists that are wrong in every way. */
#include "threads.h"

#define OWNER_DIED 0x40000000
#define HAS_WAITERS 0x80000000u

static pthread_mutex_t mutex;
static int locked;

static void init(int type)
{
	pthread_mutexattr_t a;

	pthread_mutexattr_init(&a);
	pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED); /* else Linux's kernel wakes nobody for the dead */
	pthread_mutexattr_settype(&a, type);
	pthread_mutex_init(&mutex, &a);
}

static void *dies_holding(void *unused)
{
	pthread_mutex_lock(&mutex);
	return unused;
}

static void *dies_raw(void *unused)
{
	pthread_mutex_lock(&mutex);
	set(&locked);
	sleep_ms(50); /* so that the other waits already */
	sc(SYS_set_tid_address, 0); /* which the kernel would clear: in musl it is the lock of the list of threads */
	sc(SYS_exit, 0);
	return unused;
}

static void run(void *(*body)(void *))
{
	pthread_t t;

	pthread_create(&t, 0, body, 0);
	pthread_join(t, 0);
}

static void mutexes(void)
{
	pthread_t t;

	init(PTHREAD_MUTEX_NORMAL);
	run(dies_holding);
	eq(pthread_mutex_trylock(&mutex), EOWNERDEAD, "trylock: the owner has died");
	eq(pthread_mutex_consistent(&mutex), 0, "the state is mended");
	eq(pthread_mutex_unlock(&mutex), 0, "and the lock released");
	eq(pthread_mutex_lock(&mutex) + pthread_mutex_unlock(&mutex), 0, "it works again");
	pthread_create(&t, 0, dies_raw, 0);
	await_set(&locked);
	eq(pthread_mutex_lock(&mutex), EOWNERDEAD, "one who waits is woken when the owner dies"); /* by the kernel */
	eq(pthread_mutex_unlock(&mutex), 0, "unlock without mending it");
	eq(pthread_mutex_lock(&mutex), ENOTRECOVERABLE, "nobody gets it any more");
	init(PTHREAD_MUTEX_RECURSIVE);
	run(dies_holding);
	eq(pthread_mutex_lock(&mutex), EOWNERDEAD, "a recursive one");
	init(PTHREAD_MUTEX_ERRORCHECK);
	run(dies_holding);
	eq(pthread_mutex_lock(&mutex), EOWNERDEAD, "an error-checking one");
}

/* What a thread leaves: its head, up to three links, and the words of locks. */
static struct {
	struct head {
		void *first;
		long offset;
		void *pending;
	} head;
	void *links[3];
	unsigned words[4]; /* word n is link n's; the fourth the pending one's */
	int done;
} list;

enum { MINE = 1, OTHERS = 2, WAITED = 4, CIRCLE = 8, LOST = 16, PENDING = 32, ODD = 64, LISTED = 128 };

static int leaves(void *argument)
{
	int what = (int)(long)argument;
	unsigned tid = (unsigned)sc(SYS_gettid);

	list.head = (struct head){&list.links[0], (char *)&list.words[0] - (char *)&list.links[0], 0};
	for (int i = 0; i < 3; i++) {
		list.links[i] = i < 2 ? (void *)&list.links[i + 1] : (void *)&list.head;
		list.words[i] = 0;
	}
	list.words[3] = 0;
	/* Links are 8 bytes apart and words 4: only the first link's word is at the offset. */
	list.links[0] = &list.head;
	list.words[0] = what & MINE ? tid : what & OTHERS ? 4711 : 0;
	if (what & WAITED)
		list.words[0] |= HAS_WAITERS;
	if (what & CIRCLE)
		list.links[0] = &list.links[0];
	if (what & LOST)
		list.links[0] = BAD_POINTER;
	if (what & ODD)
		list.head.offset++;
	if (what & PENDING) {
		list.head.first = &list.head;
		list.head.pending = &list.links[0];
	}
	if (what & LISTED)
		list.head.pending = &list.links[0];
	sc(SYS_set_robust_list, &list.head, 24);
	return 0;
}

/* A thread's whole life. */
static void live(int (*body)(void *), void *argument)
{
	static int word;

	word = -1;
	clone_raw(RAW_FLAGS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID, body, argument, &word, &word);
	await_clear(&word);
}

static unsigned after(int what)
{
	live(leaves, (void *)(long)what);
	return list.words[0];
}

static void lists(void)
{
	eq(after(MINE), OWNER_DIED, "a word with the tid is marked");
	eq(after(MINE | WAITED), OWNER_DIED | HAS_WAITERS, "and keeps the bit of those who wait");
	eq(after(OTHERS), 4711, "another's word stays");
	eq(after(0), 0, "a free word, too");
	eq(after(MINE | CIRCLE), OWNER_DIED, "a list in a circle ends");
	eq(after(MINE | LOST), OWNER_DIED, "a list that leads nowhere: its word was read before");
	ok(after(MINE | ODD) < 0x40000000, "a word that is not aligned stays");
	eq(after(MINE | PENDING), OWNER_DIED, "the pending lock is marked");
	eq(after(OTHERS | PENDING), 4711, "unless another holds it");
	eq(after(MINE | LISTED), OWNER_DIED, "one that is pending and on the list, too");
}

static int bad_list(void *at)
{
	sc(SYS_set_robust_list, at, 24);
	return 0;
}

static int waits_for_free_word(void *unused)
{
	(void)unused;
	list.done = 2;
	list.done = futex_wait((int *)&list.words[0], 0) == 0 ? 1 : 3;
	return 0;
}

static void harmless(void)
{
	int pid = fork();

	if (pid == 0) {
		for (int i = 0; i < BAD_POINTERS; i++)
			live(bad_list, bad_pointers[i]);
		live(bad_list, (char *)&list + 1);
		_exit(5);
	}
	eq(wait_for(pid), EXITED(5), "bad addresses of lists do no harm");
	list.words[0] = 0;
	thread_raw(waits_for_free_word, 0);
	sleepers_become((int *)&list.words[0], 1);
	eq(list.done, 2, "a thread waits at a free word");
	after(PENDING);
	ok(becomes(&list.done, 1), "the end of one that was about to wake it does so");
}

int main(void)
{
	mutexes();
	lists();
	harmless();
	return tap_done();
}
