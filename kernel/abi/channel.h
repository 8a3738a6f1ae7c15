/*
 * channel.h - the run channel: a framed, byte-clean line between the kernel and the host on COM2.
 *
 * The kernel uses it when the boot word `channel` is given; tools/run is the other end. Each frame is
 *
 *      type (1 byte) | length (2 bytes, little-endian) | payload (length bytes, at most CHANNEL_MAX)
 *
 * The kernel sends CHANNEL_READY first; the host sends nothing before it has seen that (what arrives
 * before the UART is set up is lost). The host then sends one CHANNEL_HELLO, and data at will: the UART
 * holds it back when the kernel does not read. Bytes before READY (firmware noise) are skipped by the
 * host up to the 8-byte magic in READY's payload.
 */
#pragma once

#define CHANNEL_MAX   1024
#define CHANNEL_MAGIC "BULKHEAD" /* READY's payload, 8 bytes, no terminator */

enum {
	/* kernel to host */
	CHANNEL_READY  = 0x01,
	CHANNEL_OUTPUT = 0x02, /* bytes written to standard output */
	CHANNEL_ERROR  = 0x03, /* bytes written to standard error */
	CHANNEL_STATUS = 0x04, /* 4 bytes: wait status of the program, little-endian */
	CHANNEL_PANIC  = 0x05, /* text of one line, without newline */
	/* host to kernel */
	CHANNEL_HELLO  = 0x11, /* terminals (1 byte: bit n set if descriptor n is one), rows, columns (2 bytes each) */
	CHANNEL_INPUT  = 0x12, /* bytes for standard input */
	CHANNEL_END    = 0x13, /* end of standard input; length 0 */
	CHANNEL_SIZE   = 0x14, /* the window changed: rows, columns */
};

/*
 * The boot archive, as the host builds it: a cpio archive ("newc", cpio(5)), padded to 4 bytes, then this
 * trailer. The checksum is CRC-32 (IEEE 802.3, as zlib's crc32()) over all bytes before the trailer.
 */
#define ARCHIVE_TRAILER_MAGIC "BHCRC32" /* with its terminator: 8 bytes */
struct archive_trailer {
	char magic[8];
	unsigned int length; /* of the cpio archive with its padding, bytes */
	unsigned int crc;
};
