/* t_pthread_life - Conway's Game of Life on a torus: a band of rows for each thread, a barrier in each generation. */
#include "threads.h"

#define SIZE 24
#define BANDS 4
#define GENERATIONS (4 * SIZE) /* a glider goes one down and one to the right in four: it comes round */

static char worlds[2][SIZE][SIZE], first[SIZE][SIZE];
static pthread_barrier_t barrier;

static int neighbours(char world[SIZE][SIZE], int row, int column)
{
	int n = -world[row][column];

	for (int i = SIZE - 1; i <= SIZE + 1; i++)
		for (int j = SIZE - 1; j <= SIZE + 1; j++)
			n += world[(row + i) % SIZE][(column + j) % SIZE];
	return n;
}

/* From one world into the other, rows of one band only; it reads a row of each neighbour's. */
static void step(char from[SIZE][SIZE], char to[SIZE][SIZE], int begin, int end)
{
	for (int row = begin; row < end; row++)
		for (int column = 0; column < SIZE; column++) {
			int n = neighbours(from, row, column);

			to[row][column] = n == 3 || (n == 2 && from[row][column]);
		}
}

static void *has_band(void *me)
{
	int begin = (int)(long)me * SIZE / BANDS, end = ((int)(long)me + 1) * SIZE / BANDS;

	for (int i = 0; i < GENERATIONS; i++) {
		step(worlds[i % 2], worlds[(i + 1) % 2], begin, end);
		pthread_barrier_wait(&barrier);
	}
	return 0;
}

static void draw(int row, int column, const char *lines)
{
	for (int start_of_row = column; *lines; lines++)
		if (*lines == '/') {
			row++;
			column = start_of_row;
		} else {
			worlds[0][row][column++] = *lines == '#';
		}
}

static int population(char world[SIZE][SIZE])
{
	int n = 0;

	for (int i = 0; i < SIZE * SIZE; i++)
		n += world[i / SIZE][i % SIZE];
	return n;
}

static void run(void)
{
	memcpy(first, worlds[0], sizeof first);
	run_threads(BANDS, has_band);
}

int main(void)
{
	static char alone[2][SIZE][SIZE];

	pthread_barrier_init(&barrier, 0, BANDS);
	draw(1, 1, ".#/..#/###");
	run();
	ok(memcmp(worlds[0], first, sizeof first) == 0, "a glider goes once round the world");

	memset(worlds, 0, sizeof worlds);
	draw(4, 10, "###");
	draw(16, 5, "##/##");
	run();
	ok(memcmp(worlds[0], first, sizeof first) == 0, "a blinker and a block are what they were");
	eq(population(worlds[1]), 7, "also half a period ago");

	memset(worlds, 0, sizeof worlds);
	draw(10, 10, ".##/##/.#");
	run();
	memcpy(alone[0], first, sizeof first);
	for (int i = 0; i < GENERATIONS; i++)
		step(alone[i % 2], alone[(i + 1) % 2], 0, SIZE);
	ok(memcmp(worlds[0], alone[0], sizeof first) == 0, "four threads make of five cells what one makes");
	return tap_done();
}
