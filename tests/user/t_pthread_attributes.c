/* t_pthread_attributes - the size of a stack, the guard page below it, a stack of one's own, and who tells of them. */
#include "threads.h"

#include <limits.h>
#include <sys/mman.h>

#define SIZE (64 * PAGE)

static char own[SIZE] __attribute__((aligned(PAGE)));

struct range {
	char *from;
	size_t size, guard;
};

static struct range stack_of_caller(void)
{
	pthread_attr_t a;
	void *from = 0;
	struct range r = {0};

	pthread_getattr_np(pthread_self(), &a);
	pthread_attr_getstack(&a, &from, &r.size);
	pthread_attr_getguardsize(&a, &r.guard);
	r.from = from;
	return r;
}

static int is_in(struct range r, void *at)
{
	return (char *)at >= r.from && (char *)at < r.from + r.size;
}

static void *tells(void *out)
{
	char here;

	*(struct range *)out = stack_of_caller();
	return (void *)(long)is_in(*(struct range *)out, &here);
}

/* The whole of the stack can be used, down to its last byte, which is found by its address and not by calls. */
static void *uses_all(void *beyond)
{
	struct range r = stack_of_caller();

	*(volatile char *)r.from = 1;
	*(volatile char *)(r.from - (long)beyond) = 1;
	return 0;
}

static void make(pthread_attr_t *a, size_t guard)
{
	pthread_attr_init(a);
	pthread_attr_setstacksize(a, SIZE);
	pthread_attr_setguardsize(a, guard);
}

static void goes_down(void *beyond)
{
	pthread_attr_t a;
	pthread_t t;

	make(&a, PAGE);
	pthread_create(&t, &a, uses_all, beyond);
	join(t);
}

int main(void)
{
	struct range mine = stack_of_caller(), r;
	pthread_attr_t a;
	size_t size;
	pthread_t t;
	void *at;

	ok(is_in(mine, &mine), "the main thread's stack is where it says");
	make(&a, 3 * PAGE);
	pthread_create(&t, &a, tells, &r);
	ok(join(t), "so is that of a thread");
	ok(r.size >= SIZE, "with as much as was asked for");
	eq(r.guard, 3 * PAGE, "and a guard of three pages");
	ok(!is_in(mine, r.from) && !is_in(r, mine.from), "the two have nothing in common");
	eq(status_of(goes_down, 0), EXITED(0), "a stack may be used to its last byte");
	eq(status_of(goes_down, (void *)1), KILLED(SIGSEGV), "the byte below is the guard's");
	eq(status_of(goes_down, (void *)PAGE), KILLED(SIGSEGV), "down to the end of it");

	pthread_attr_init(&a);
	eq(pthread_attr_setstack(&a, own, SIZE), 0, "a stack of one's own");
	pthread_create(&t, &a, tells, &r);
	ok(join(t), "is used");
	ok(r.from >= own && r.from + r.size <= own + SIZE, "and no byte beyond it");
	pthread_attr_getstack(&a, &at, &size);
	ok(at == own && size == SIZE, "the attribute gives it back");
	eq(pthread_attr_setstacksize(&a, PTHREAD_STACK_MIN - 1), EINVAL, "a stack can be too small");
	eq(pthread_attr_setstack(&a, own, PTHREAD_STACK_MIN - 1), EINVAL, "one's own, too");
	return tap_done();
}
