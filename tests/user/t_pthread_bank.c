/* t_pthread_bank - transfers between accounts under two locks in one order; an auditor who takes all finds the sum. */
#include "threads.h"

#define ACCOUNTS 6
#define CLERKS 4
#define TRANSFERS 200
#define AUDITS 40
#define START 1000

static struct account {
	pthread_mutex_t mutex;
	int balance;
} accounts[ACCOUNTS];

static int done, refused, wrong_sums, overdrawn;

static void transfer(int from, int to, int amount)
{
	pthread_mutex_lock(&accounts[from < to ? from : to].mutex);
	pthread_mutex_lock(&accounts[from < to ? to : from].mutex);
	if (accounts[from].balance >= amount) {
		accounts[from].balance -= amount;
		sched_yield(); /* the money is in neither account */
		accounts[to].balance += amount;
		add(&done, 1);
	} else {
		add(&refused, 1);
	}
	pthread_mutex_unlock(&accounts[from].mutex);
	pthread_mutex_unlock(&accounts[to].mutex);
}

static void *is_clerk(void *me)
{
	unsigned seed = (unsigned)(long)me + 1;

	for (int i = 0; i < TRANSFERS; i++) {
		int from, distance;

		seed = seed * 1103515245 + 12345;
		from = (int)(seed >> 16) % ACCOUNTS;
		distance = 1 + (int)(seed >> 20) % (ACCOUNTS - 1);
		transfer(from, (from + distance) % ACCOUNTS, (int)(seed >> 8) % 700);
	}
	return 0;
}

static int audit(void)
{
	int sum = 0;

	for (int i = 0; i < ACCOUNTS; i++)
		pthread_mutex_lock(&accounts[i].mutex);
	for (int i = 0; i < ACCOUNTS; i++) {
		sum += accounts[i].balance;
		overdrawn += accounts[i].balance < 0;
	}
	for (int i = 0; i < ACCOUNTS; i++)
		pthread_mutex_unlock(&accounts[i].mutex);
	return sum;
}

static void *is_auditor(void *unused)
{
	for (int i = 0; i < AUDITS; i++)
		wrong_sums += audit() != ACCOUNTS * START;
	return unused;
}

int main(void)
{
	pthread_t auditor;

	for (int i = 0; i < ACCOUNTS; i++) {
		pthread_mutex_init(&accounts[i].mutex, 0);
		accounts[i].balance = START;
	}
	auditor = start(is_auditor, 0);
	run_threads(CLERKS, is_clerk);
	join(auditor);
	eq(wrong_sums, 0, "whenever the auditor looks, no money is missing");
	eq(audit(), ACCOUNTS * START, "nor in the end");
	eq(overdrawn, 0, "no account is overdrawn");
	eq(done + refused, CLERKS * TRANSFERS, "each transfer was made or refused");
	return tap_done();
}
