/*
 * redirect.h - redirections (POSIX XCU 2.7).
 */
#pragma once

#include "user/shell/parse.h"

struct redirect_saved;

/*
 * Carries out the list in order. With `saved`, what was there before is kept for redirect_restore();
 * without, the change is for good. False: one of them failed and was named on fd 2; then all is as before
 * (if `saved`).
 */
bool redirect_apply(const struct redirect *list, struct redirect_saved **saved);
void redirect_restore(struct redirect_saved *saved);

/* Moves an open file to the descriptor `to`, for programs to inherit. */
void fd_move(int from, int to);
