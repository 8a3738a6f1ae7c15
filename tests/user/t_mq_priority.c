/* t_mq_priority - the highest priority comes out first; equal ones in the order in which they came in. */
#include "mq.h"

static int q;

static void send_all(const char *texts[], const unsigned *priorities, int count)
{
	for (int i = 0; i < count; i++)
		if (q_send(q, texts[i], priorities[i]))
			_exit(97);
}

static void expect(const char *name, const char *want)
{
	char got[64] = "", buffer[9];
	size_t n = 0;

	while (q_count(q) > 0 && n < 50) {
		q_receive(q, buffer, 8, 0);
		n += snprintf(got + n, sizeof got - n, "%s", buffer);
	}
	ok(!strcmp(got, want), "%s", name);
}

static void orders(void)
{
	static const char *abcd[] = {"a", "b", "c", "d", "e", "f"};

	send_all(abcd, (unsigned[]){0, 0, 0, 0, 0, 0}, 6);
	expect("equal priorities: first in, first out", "abcdef");
	send_all(abcd, (unsigned[]){1, 2, 3, 4, 5, 6}, 6);
	expect("rising priorities: reversed", "fedcba");
	send_all(abcd, (unsigned[]){6, 5, 4, 3, 2, 1}, 6);
	expect("falling priorities: as sent", "abcdef");
	send_all(abcd, (unsigned[]){1, 2, 1, 2, 1, 2}, 6);
	expect("two priorities: the higher ones first, each in order", "bdface");
	send_all(abcd, (unsigned[]){7, 0, 32767, 7, 0, 32767}, 6);
	expect("from 0 to 32767", "cfadbe");
}

/* Sending between receptions: each reception takes what is best then. */
static void interleaved(void)
{
	char buffer[9];
	unsigned priority;

	q_send(q, "low1", 1);
	q_send(q, "mid1", 5);
	q_receive(q, buffer, 8, &priority);
	ok(!strcmp(buffer, "mid1") && priority == 5, "the better of two");
	q_send(q, "mid2", 5);
	q_send(q, "low2", 1);
	q_send(q, "top", 9);
	q_receive(q, buffer, 8, &priority);
	ok(!strcmp(buffer, "top") && priority == 9, "the best of four");
	q_receive(q, buffer, 8, &priority);
	ok(!strcmp(buffer, "mid2") && priority == 5, "then the next");
	q_receive(q, buffer, 8, &priority);
	ok(!strcmp(buffer, "low1") && priority == 1, "the older of two equals");
	q_receive(q, buffer, 8, &priority);
	ok(!strcmp(buffer, "low2") && priority == 1, "then the younger");
}

/* Every priority pattern of a pseudo-random sequence, against a plain model. */
static void against_model(void)
{
	unsigned model[10], state = 1;
	int held = 0, good = 1;
	char serial[10], next = 0;

	for (int step = 0; step < 300; step++) {
		state = state * 1103515245 + 12345;
		if (held < 10 && (held == 0 || state >> 16 & 1)) {
			model[held] = state >> 20 & 3;
			serial[held] = next;
			good &= sc(SYS_mq_timedsend, q, &next, 1, model[held], 0) == 0;
			held++;
			next++;
		} else {
			int best = 0;
			unsigned priority;
			char buffer[9];

			for (int i = 1; i < held; i++)
				if (model[i] > model[best])
					best = i;
			good &= q_receive(q, buffer, 8, &priority) == 1;
			good &= buffer[0] == serial[best] && priority == model[best];
			held--;
			memmove(model + best, model + best + 1, (held - best) * sizeof *model);
			memmove(serial + best, serial + best + 1, held - best);
		}
	}
	ok(good, "300 steps agree with a plain model");
}

int main(void)
{
	mq_unique("priority");
	q = q_fresh(10, 8);
	orders();
	interleaved();
	eq(sc(SYS_mq_timedsend, q, "x", 1, 32768, 0), -EINVAL, "EINVAL: priority 32768");
	eq(sc(SYS_mq_timedsend, q, "x", 1, -1, 0), -EINVAL, "EINVAL: priority -1");
	eq(q_count(q), 0, "refused messages are not queued");
	against_model();
	close(q);
	return tap_done();
}
