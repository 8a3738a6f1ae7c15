/*
 * mq.c - message queues by hand:
 *
 *      mq create NAME [MESSAGES [BYTES]]     makes a queue (8 messages of 256 bytes unless told)
 *      mq send NAME TEXT [PRIORITY]          waits while the queue is full
 *      mq recv NAME                          prints the oldest message of the highest priority; waits for one
 *      mq list NAME...                       how full, and what fits
 *      mq unlink NAME                        removes the name
 */
#include <err.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/lib/io.h"
#include "user/lib/number.h"

static _Noreturn void usage(void)
{
	errx(2, "usage: mq create NAME [MESSAGES [BYTES]] | send NAME TEXT [PRIORITY] | recv NAME | "
		"list NAME... | unlink NAME");
}

static mqd_t queue_open(const char *name, int flags)
{
	mqd_t queue = mq_open(name, flags);

	if (queue < 0)
		err(1, "%s", name);
	return queue;
}

static long number_argument(const char *text, long standard)
{
	long value = standard;

	if (text && (!number_parse(text, &value) || value < 0))
		errx(2, "%s: not a number", text);
	return value;
}

static void queue_create(char **argument)
{
	struct mq_attr attributes = {.mq_maxmsg = number_argument(argument[1], 8)};

	attributes.mq_msgsize = number_argument(argument[1] ? argument[2] : NULL, 256);
	if (mq_open(argument[0], O_RDWR | O_CREAT | O_EXCL, 0600, &attributes) < 0)
		err(1, "%s", argument[0]);
}

static void queue_send(char **argument)
{
	mqd_t queue;

	if (!argument[1])
		usage();
	queue = queue_open(argument[0], O_WRONLY);
	if (mq_send(queue, argument[1], strlen(argument[1]), (unsigned)number_argument(argument[2], 0)) < 0)
		err(1, "%s", argument[0]);
}

static void queue_receive(const char *name)
{
	mqd_t queue = queue_open(name, O_RDONLY);
	struct mq_attr attributes;
	unsigned priority;
	ssize_t length;
	char *message;

	if (mq_getattr(queue, &attributes) < 0)
		err(1, "%s", name);
	message = malloc((size_t)attributes.mq_msgsize);
	if (!message)
		err(1, NULL);
	length = mq_receive(queue, message, (size_t)attributes.mq_msgsize, &priority);
	if (length < 0)
		err(1, "%s", name);
	printf("%u %.*s\n", priority, (int)length, message);
	free(message);
}

static void queue_list(const char *name)
{
	struct mq_attr attributes;

	if (mq_getattr(queue_open(name, O_RDONLY), &attributes) < 0)
		err(1, "%s", name);
	printf("%s: %ld of %ld messages, of up to %ld bytes\n", name, attributes.mq_curmsgs,
	       attributes.mq_maxmsg, attributes.mq_msgsize);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		usage();
	if (strcmp(argv[1], "create") == 0)
		queue_create(argv + 2);
	else if (strcmp(argv[1], "send") == 0)
		queue_send(argv + 2);
	else if (strcmp(argv[1], "recv") == 0)
		queue_receive(argv[2]);
	else if (strcmp(argv[1], "list") == 0)
		for (int i = 2; i < argc; i++)
			queue_list(argv[i]);
	else if (strcmp(argv[1], "unlink") != 0)
		usage();
	else if (mq_unlink(argv[2]) < 0)
		err(1, "%s", argv[2]);
	finish(0);
}
