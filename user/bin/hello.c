/* hello.c - the first program to try: prints one line, the same on Linux and on Bulkhead. */
/* build: static-pie */
#include <stdio.h>

#include "user/lib/io.h"

int main(void)
{
	printf("Hello from ring 3.\n");
	finish(0);
}
