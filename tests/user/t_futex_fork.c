/* t_futex_fork - after fork a word is two words: parent and child, at the same address, do not wake each other. */
#include "threads.h"

#define WAKE_PRIVATE 129

static int word, started, ended;
static volatile int page[PAGE / sizeof(int)] __attribute__((aligned(PAGE)));
static int *const other_word = (int *)&page[7];

static void *waits(void *at)
{
	long result;

	add(&started, 1);
	result = futex_wait(at, 0);
	add(&ended, 1);
	return (void *)result;
}

/* The child waits, tells so, and is told by pipe to wake its own. */
static void is_child(int go, int tell)
{
	pthread_t t;

	if (futex_wake(&word, 9) || futex_wake(other_word, 9))
		_exit(2); /* the parent's threads wait there, not this process's */
	started = ended = 0;
	t = start(waits, &word);
	await_sleepers(&word, 1);
	pass(tell);
	await(go);
	if (read_word(&ended))
		_exit(3); /* the parent's wake has come here */
	if (futex_wake(&word, 9) != 1 || join(t) != 0)
		_exit(4);
	_exit(5);
}

int main(void)
{
	pthread_t t[2] = {start(waits, &word), start(waits, other_word)};
	int go[2], tell[2], pid;

	await_sleepers(&word, 1);
	await_sleepers(other_word, 1);
	if (pipe(go) || pipe(tell))
		return 9;
	pid = fork();
	if (pid == 0)
		is_child(go[0], tell[1]);
	await(tell[0]);
	eq(read_word(&ended), 0, "the child's wakes do not reach the parent's threads");
	eq(futex_wake(&word, 1), 1, "the parent's own wakes do");
	join(t[0]);
	eq(sc(SYS_futex, &word, WAKE_PRIVATE, 9), 0, "the child's thread, at the same address, is out of reach");
	page[0] = 1; /* now the parent has a copy of this page; the child keeps the old one */
	eq(futex_wake(other_word, 1), 1, "who waits on a page is found though its frame is another now");
	join(t[1]);
	pass(go[1]);
	eq(wait_for(pid), EXITED(5), "the child wakes its own");
	return tap_done();
}
