/* t_pthread_tls - __thread variables: where they lie, what they begin with, and whose they are. */
#include "threads.h"

#define THREADS 8

static __thread int initial = 42, zero;
static __thread char text[] = "initial image";
static __thread char aligned[100] __attribute__((aligned(64)));
static __thread char page[PAGE] __attribute__((aligned(PAGE)));
static __thread int *itself = 0;

static pthread_barrier_t barrier;
static int *where[THREADS];

static int is_fresh(void)
{
	int clean = zero == 0 && itself == 0;

	for (int i = 0; i < PAGE; i++)
		clean &= page[i] == 0;
	return clean && initial == 42 && strcmp(text, "initial image") == 0;
}

static int is_aligned(void)
{
	return (uintptr_t)aligned % 64 == 0 && (uintptr_t)page % PAGE == 0;
}

static void change(int to)
{
	initial = zero = to;
	itself = &zero;
	memset(page, to, sizeof page);
	text[0] = (char)to;
}

static int is_changed(int to)
{
	return initial == to && zero == to && itself == &zero && page[PAGE - 1] == to && text[0] == to;
}

static void *has_its_own(void *me)
{
	int number = (int)(long)me, good = is_fresh() && is_aligned();

	change(number + 1);
	where[number] = &zero;
	pthread_barrier_wait(&barrier);
	good &= is_changed(number + 1);
	pthread_barrier_wait(&barrier);
	*where[(number + 1) % THREADS] = -number; /* a pointer reaches another thread's variable */
	pthread_barrier_wait(&barrier);
	good &= zero == -((number + THREADS - 1) % THREADS);
	return (void *)(long)good;
}

static void *fails(void *me)
{
	int good;

	errno = 0;
	if ((long)me % 2)
		close(-1); /* EBADF */
	else
		kill(getpid(), 99); /* EINVAL */
	good = errno == ((long)me % 2 ? EBADF : EINVAL);
	pthread_barrier_wait(&barrier);
	return (void *)(long)(good && errno == ((long)me % 2 ? EBADF : EINVAL));
}

int main(void)
{
	int different = 1;

	pthread_barrier_init(&barrier, 0, THREADS);
	ok(is_fresh() && is_aligned(), "the main thread's variables begin as they were written down");
	change(99);
	eq(run_threads(THREADS, has_its_own), THREADS, "so do those of each new thread, whoever has changed others");
	for (int i = 0; i < THREADS; i++)
		for (int j = 0; j < i; j++)
			different &= where[i] != where[j] && where[i] != &zero;
	ok(different, "no two lie at one address");
	ok(is_changed(99), "nobody has touched ours");
	errno = EPERM;
	eq(run_threads(THREADS, fails), THREADS, "errno is the thread's own");
	eq(errno, EPERM, "and ours is what it was");
	return tap_done();
}
