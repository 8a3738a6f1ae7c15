/* t_stack - the stack grows by itself to some megabytes, and running past its end is SIGSEGV. */
#include "tap.h"

static int __attribute__((noinline)) deep(int depth, volatile char *above)
{
	volatile char frame[1024];

	frame[0] = depth;
	frame[1023] = above ? above[0] : 0;
	if (depth == 0)
		return frame[0];
	return deep(depth - 1, frame) + (frame[0] != (char)depth);
}

static int __attribute__((noinline)) endless(volatile char *above)
{
	volatile char frame[16384];

	frame[0] = above[0];
	if (frame[0] == 77) /* never: so that the compiler believes in an end */
		return 0;
	return endless(frame) + frame[0];
}

static void overflow(void *unused)
{
	struct {
		unsigned long now, most;
	} limit = {8 << 20, 8 << 20};
	char first = 1;

	(void)unused;
	/* whoever started the test may have asked for more */
	sc(SYS_prlimit64, 0, 3, &limit, 0);
	_exit(endless(&first));
}

static void deep_child(void *unused)
{
	(void)unused;
	_exit(deep(3000, 0));
}

/* One large step down, within one frame. */
static void __attribute__((noinline)) large_frame(void *unused)
{
	volatile char frame[2 << 20];

	(void)unused;
	for (int i = sizeof frame - 1; i >= 0; i -= PAGE)
		frame[i] = 1;
	frame[0] = 2;
	_exit(frame[0] == 2 ? 0 : 1);
}

/* Fresh stack pages are zero or what this process wrote: below main's frames nothing was before. */
static void __attribute__((noinline)) fresh(void *unused)
{
	char frame[512 << 10];
	volatile char *p = frame;
	int dirty = 0;

	(void)unused;
	__asm__ volatile("" : "+r"(p) : : "memory"); /* reads what nobody has written, on purpose */
	for (int i = 0; i < (256 << 10); i++)
		dirty |= p[i];
	_exit(dirty ? 1 : 0);
}

int main(void)
{
	eq(status_of(fresh, 0), EXITED(0), "untouched stack is zero");
	eq(deep(4000, 0), 0, "a recursion through four megabytes");
	eq(status_of(deep_child, 0), EXITED(0), "a child has the same stack");
	eq(status_of(large_frame, 0), EXITED(0), "a frame of two megabytes");
	eq(status_of(overflow, 0), KILLED(SIGSEGV), "endless recursion is SIGSEGV");
	eq(deep(100, 0), 0, "the parent is not harmed");
	return tap_done();
}
