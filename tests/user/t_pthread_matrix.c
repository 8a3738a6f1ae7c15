/* t_pthread_matrix - a product of matrices: threads take row after row from a counter, until there is none. */
#include "threads.h"

#define N 48
#define THREADS 4

static double a[N][N], b[N][N], product[N][N];
static int next_row, rows_of[THREADS], times[N];

static void multiply_row(int i)
{
	for (int j = 0; j < N; j++) {
		double sum = 0;

		for (int k = 0; k < N; k++)
			sum += a[i][k] * b[k][j];
		product[i][j] = sum;
	}
}

static void *works(void *me)
{
	int row;

	while ((row = add(&next_row, 1) - 1) < N) {
		multiply_row(row);
		times[row]++;
		rows_of[(long)me]++;
	}
	return 0;
}

static void multiply(void)
{
	next_row = 0;
	memset(product, 0, sizeof product);
	run_threads(THREADS, works);
}

int main(void)
{
	int same = 1, diagonal = 1, once = 1, sum = 0;

	/* a permutes: row i is taken from row 5i + 1. Its product with its transpose is 1. */
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++) {
			a[i][j] = j == (5 * i + 1) % N;
			b[i][j] = i * N + j;
		}
	multiply();
	for (int i = 0; i < N; i++)
		same &= memcmp(product[i], b[(5 * i + 1) % N], sizeof product[i]) == 0;
	ok(same, "a permutation moves rows");
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			b[i][j] = a[j][i];
	multiply();
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			diagonal &= product[i][j] == (i == j);
	ok(diagonal, "and its transpose moves them back");
	for (int i = 0; i < N; i++)
		once &= times[i] == 2;
	for (int i = 0; i < THREADS; i++)
		sum += rows_of[i];
	ok(once, "each row was worked out once each time");
	eq(sum, 2 * N, "by one thread or another");
	return tap_done();
}
