/*
 * signame.h - signals by name ("TERM", without SIG), as kill(1) and the shell spell them.
 */
#pragma once

/* The name of signal `number`, or NULL where it has none. */
const char *signal_name(int number);

/* The signal called `text`: a number, or a name with or without SIG, in either case. 0 is the null
 * signal "0" (or "EXIT"); -1: there is none of that name. */
int signal_number(const char *text);
