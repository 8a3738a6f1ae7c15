/* t_pthread_pie - threads and thread-local storage in a static position-independent program. */
/* build: static-pie */
#include "threads.h"

static __thread int local = 3;
static int sum;

static void *adds(void *x)
{
	local += (int)(long)x;
	__atomic_fetch_add(&sum, local, __ATOMIC_SEQ_CST);
	return &local;
}

int main(void)
{
	pthread_t t[4];
	void *where[4];

	for (long i = 0; i < 4; i++)
		eq(pthread_create(&t[i], 0, adds, (void *)i), 0, "thread %ld", i);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], &where[i]);
	eq(sum, 18, "each began with the initial value");
	eq(local, 3, "and so does this one");
	return tap_done();
}
