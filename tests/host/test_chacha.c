/*
 * test_chacha.c - ChaCha20's block function against the vectors of RFC 8439 (2.3.2 and appendix A.1).
 */
/* links: kernel/lib/chacha.c */
#include <stdio.h>
#include <string.h>

#include "kernel/lib/chacha.h"

static const struct {
	const char *key, *nonce, *stream; /* hexadecimal; "" is all zero */
	u32 counter;
} vectors[] = {
	{"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "000000090000004a00000000",
	 "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
	 "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e", 1},
	{"", "",
	 "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
	 "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586", 0},
	{"", "",
	 "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
	 "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f", 1},
};

static void unhex(u8 *to, const char *text, u32 n)
{
	for (u32 i = 0; i < n && *text; i++, text += 2) {
		unsigned v;

		sscanf(text, "%2x", &v);
		to[i] = (u8)v;
	}
}

int main(void)
{
	int failures = 0;

	for (u32 i = 0; i < ARRAY_SIZE(vectors); i++) {
		u32 state[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}, before[16], out[16];
		u8 expected[64];
		int ok;

		unhex((u8 *)(state + 4), vectors[i].key, 32);
		state[12] = vectors[i].counter;
		unhex((u8 *)(state + 13), vectors[i].nonce, 12);
		unhex(expected, vectors[i].stream, 64);
		memcpy(before, state, sizeof state);
		chacha20_block(state, out);
		ok = !memcmp(out, expected, 64) && !memcmp(before, state, sizeof state);
		printf("%sok %u - vector %u\n", ok ? "" : "not ", i + 1, i + 1);
		failures += !ok;
	}
	printf("1..%zu\n", ARRAY_SIZE(vectors));
	return failures != 0;
}
