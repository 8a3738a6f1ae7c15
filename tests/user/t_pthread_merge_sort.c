/* t_pthread_merge_sort - a sort that gives one half to a new thread, and sorts the other itself. */
#include "threads.h"

#define N 4096
#define DEPTH 4 /* below, no more threads are made */

struct part {
	int *from, n, depth;
};

static int numbers[N], spare[N], threads;

static void merge(int *a, int middle, int n)
{
	int *out = &spare[a - numbers], left = 0, right = middle;

	for (int i = 0; i < n; i++)
		out[i] = right == n || (left < middle && a[left] <= a[right]) ? a[left++] : a[right++];
	memcpy(a, out, n * sizeof *a);
}

static void *sorts(void *argument)
{
	struct part *p = argument;
	int middle = p->n / 2;
	struct part left = {p->from, middle, p->depth + 1}, right = {p->from + middle, p->n - middle, p->depth + 1};

	if (p->n < 2)
		return 0;
	if (p->depth < DEPTH) {
		pthread_t other = start(sorts, &left);

		add(&threads, 1);
		sorts(&right);
		join(other);
	} else {
		sorts(&left);
		sorts(&right);
	}
	merge(p->from, middle, p->n);
	return 0;
}

int main(void)
{
	struct part all = {numbers, N, 0};
	unsigned x = 1, in_order = 1, sum = 0;

	for (int i = 0; i < N; i++) {
		x = x * 1103515245 + 12345;
		numbers[i] = (int)(x >> 8);
		sum += (unsigned)numbers[i];
	}
	sorts(&all);
	for (int i = 0; i < N; i++) {
		in_order &= i == 0 || numbers[i - 1] <= numbers[i];
		sum -= (unsigned)numbers[i];
	}
	ok(in_order, "%d numbers are in order", N);
	eq(sum, 0, "and are the same numbers as before");
	eq(threads, 15, "threads made on the way");
	return tap_done();
}
