/* t_pthread - musl's threads: create, join, detach, TLS, once, keys, stacks, very many of them. */
#include "threads.h"

#include <sys/mman.h>

static __thread int local = 7;
static __thread char big[3 * PAGE];
static int word, total;
static pthread_t at(int n, void *(*body)(void *), void *argument)
{
	pthread_t t;

	(void)n;
	if (pthread_create(&t, 0, body, argument))
		_exit(90);
	return t;
}

static void *gives_back(void *x)
{
	return (char *)x + 1;
}

static void *exits(void *x)
{
	pthread_exit((char *)x + 2);
}

static void joins(void)
{
	void *result = 0;
	pthread_t t;

	eq(pthread_create(&t, 0, gives_back, (void *)10), 0, "pthread_create");
	eq(pthread_join(t, &result), 0, "pthread_join");
	eq((long)result, 11, "the result of the function");
	t = at(0, exits, (void *)20);
	pthread_join(t, &result);
	eq((long)result, 22, "the result of pthread_exit");
	t = at(0, gives_back, 0);
	sleep_ms(20);
	eq(pthread_join(t, &result), 0, "join of one that has ended long ago");
	ok(pthread_equal(pthread_self(), pthread_self()), "pthread_self");
}

static void *adds(void *x)
{
	__atomic_fetch_add(&total, (int)(long)x, __ATOMIC_SEQ_CST);
	return 0;
}

static void detaches(void)
{
	pthread_attr_t a;
	pthread_t t;

	total = 0;
	for (int i = 0; i < 20; i++)
		pthread_detach(at(i, adds, (void *)1));
	ok(becomes(&total, 20), "20 detached threads have run");
	pthread_attr_init(&a);
	pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
	for (int i = 0; i < 20; i++)
		pthread_create(&t, &a, adds, (void *)1);
	ok(becomes(&total, 40), "20 that were born so");
}

static void *looks_at_tls(void *x)
{
	int fresh = local == 7 && big[0] == 0 && big[sizeof big - 1] == 0;

	local = (int)(long)x;
	memset(big, 1, sizeof big);
	sched_yield();
	return (void *)(long)(fresh && local == (int)(long)x && errno == 0);
}

static void thread_local_storage(void)
{
	pthread_t t[8];
	void *result;
	int all = 1;

	local = 99;
	errno = 5;
	for (long i = 0; i < 8; i++)
		t[i] = at(i, looks_at_tls, (void *)i);
	for (int i = 0; i < 8; i++) {
		pthread_join(t[i], &result);
		all &= (long)result;
	}
	ok(all, "each thread has its own initialised variables");
	ok(local == 99 && errno == 5, "and nobody touched ours");
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;

static void init_once(void)
{
	sleep_ms(10);
	__atomic_fetch_add(&total, 100, __ATOMIC_SEQ_CST);
}

static void *calls_once(void *unused)
{
	(void)unused;
	pthread_once(&once, init_once);
	return (void *)(long)(read_word(&total) >= 100);
}

static void destructor(void *x)
{
	__atomic_fetch_add(&total, (int)(long)x, __ATOMIC_SEQ_CST);
}

static void *uses_key(void *x)
{
	pthread_setspecific(key, x);
	return pthread_getspecific(key);
}

static void once_and_keys(void)
{
	pthread_t t[6];
	void *result;
	int all = 1;

	total = 0;
	for (int i = 0; i < 6; i++)
		t[i] = at(i, calls_once, 0);
	for (int i = 0; i < 6; i++) {
		pthread_join(t[i], &result);
		all &= (long)result;
	}
	ok(all && total == 100, "pthread_once: once, and all wait for it");
	total = 0;
	pthread_key_create(&key, destructor);
	for (long i = 1; i <= 6; i++)
		t[i - 1] = at(i, uses_key, (void *)i);
	for (int i = 0; i < 6; i++)
		pthread_join(t[i], &result);
	eq(total, 21, "destructors of keys run at the end of each thread");
}

static void *waits(void *unused)
{
	(void)unused;
	await_set(&word);
	__atomic_fetch_add(&total, 1, __ATOMIC_SEQ_CST);
	return 0;
}

#define MANY 500
static void many(void)
{
	static pthread_t t[MANY];
	pthread_attr_t a;
	int made = 0;

	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, 4 * PAGE);
	total = word = 0;
	while (made < MANY && pthread_create(&t[made], &a, waits, 0) == 0)
		made++;
	eq(made, MANY, "500 threads at once");
	set(&word);
	for (int i = 0; i < made; i++)
		pthread_join(t[i], 0);
	eq(total, MANY, "have all run and ended");
	for (int i = 0; i < 300; i++)
		pthread_join(at(i, adds, (void *)1), 0);
	eq(total, MANY + 300, "300 more, one after the other");
}

static void *overflows(void *depth)
{
	volatile char page[PAGE];

	page[0] = 1;
	return (long)depth > 1 << 20 ? 0 : (char *)overflows((char *)depth + 1) + page[0];
}

static void guard(void *unused)
{
	pthread_join(at(0, overflows, unused), 0); /* NULL: depth 0 */
}

static void *tells_stack(void *unused)
{
	char here;

	(void)unused;
	return (void *)(long)(&here >= (char *)0x10000000 && &here < (char *)0x10000000 + 16 * PAGE);
}

static void stacks(void)
{
	char *mine = mmap((void *)0x10000000, 16 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	pthread_attr_t a;
	void *result;
	pthread_t t;

	eq(status_of(guard, 0), KILLED(SIGSEGV), "a stack that overflows hits its guard page");
	pthread_attr_init(&a);
	pthread_attr_setstack(&a, mine, 16 * PAGE);
	eq(pthread_create(&t, &a, tells_stack, 0), 0, "a stack of one's own");
	pthread_join(t, &result);
	eq((long)result, 1, "is used");
}

int main(void)
{
	joins();
	detaches();
	thread_local_storage();
	once_and_keys();
	many();
	stacks();
	return tap_done();
}
