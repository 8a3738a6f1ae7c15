/*
 * chacha.h - the ChaCha20 block function (RFC 8439 2.3), on which kernel/random.c stands.
 */
#pragma once

#include "kernel/lib/types.h"

/* 64 bytes of key stream from a state of 16 words; the state is left as it was. */
void chacha20_block(const u32 state[16], u32 out[16]);
