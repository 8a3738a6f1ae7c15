/* t_pthread_float - each thread has its own floating-point registers, rounding mode and exception flags. */
#include "threads.h"

#include <fenv.h>

#define THREADS 8
#define ROUNDS 60

static pthread_barrier_t barrier;
static const int modes[] = {FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};

/* 1/3 and -1/3 in this mode, as whole numbers of the last place: those differ between the modes. */
static long thirds(void)
{
	volatile double one = 1, minus = -1, three = 3;
	double positive = one / three, negative = minus / three;
	long a, b;

	memcpy(&a, &positive, sizeof a);
	memcpy(&b, &negative, sizeof b);
	return (a & 15) << 4 | (b & 15);
}

static long thirds_x87(void)
{
	volatile long double one = 1, minus = -1, three = 3;
	volatile double positive = (double)(one / three), negative = (double)(minus / three);
	double copy = positive;
	long a, b;

	memcpy(&a, &copy, sizeof a);
	copy = negative;
	memcpy(&b, &copy, sizeof b);
	return (a & 15) << 4 | (b & 15);
}

static const long expected[] = {0x55, 0x56, 0x65, 0x55};

static void *rounds(void *me)
{
	int mode = (int)(long)me % 4, good = 1;

	fesetround(modes[mode]);
	for (int i = 0; i < ROUNDS; i++) {
		good &= fegetround() == modes[mode];
		good &= thirds() == expected[mode] && thirds_x87() == expected[mode];
		pthread_barrier_wait(&barrier);
	}
	return (void *)(long)good;
}

/* A sum that stays in a register over many changes of threads. */
static void *sums(void *me)
{
	double sum = 0, step = (double)((long)me + 1);

	for (int i = 0; i < ROUNDS; i++) {
		sum += step;
		__asm__ volatile("" : "+x"(sum));
		sc(SYS_sched_yield);
		__asm__ volatile("" : "+x"(sum));
	}
	return (void *)(long)(sum == step * ROUNDS);
}

static void *raises(void *me)
{
	int good = fetestexcept(FE_ALL_EXCEPT) == 0;

	feclearexcept(FE_ALL_EXCEPT);
	pthread_barrier_wait(&barrier);
	if ((long)me % 2)
		feraiseexcept(FE_OVERFLOW);
	pthread_barrier_wait(&barrier);
	return (void *)(long)(good && !fetestexcept(FE_OVERFLOW) == !((long)me % 2));
}

static void *tells_mode(void *unused)
{
	(void)unused;
	return (void *)(long)fegetround();
}

int main(void)
{
	pthread_barrier_init(&barrier, 0, THREADS);
	eq(run_threads(THREADS, rounds), THREADS, "each thread rounds as it has set it, in SSE and in x87 registers");
	eq(fegetround(), FE_TONEAREST, "the main thread rounds as ever");
	eq(run_threads(THREADS, sums), THREADS, "what is in a register stays there");
	feclearexcept(FE_ALL_EXCEPT);
	eq(run_threads(THREADS, raises), THREADS, "exception flags are the thread's own");
	eq(fetestexcept(FE_OVERFLOW), 0, "and not the main thread's");
	fesetround(FE_UPWARD);
	eq((long)join(start(tells_mode, 0)), FE_UPWARD, "a new thread rounds as its maker does");
	fesetround(FE_TONEAREST);
	return tap_done();
}
