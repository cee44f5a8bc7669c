/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Stock boards that speak the protocol (section 13).
 */
#ifndef BOARD_H
#define BOARD_H

#include "../ports/port.h"

/**
 * struct board - a stock camera
 * @name:        name of the board
 * @id:          USB identity, without a serial number
 * @rbuf:        size of the receive buffer in bytes; max_payload is 14 bytes less
 * @stdout_size: size of the ring buffer of stdout in bytes; it holds one byte less
 * @stream_size: size of the stream buffer in bytes
 * @hw_caps:     word 0 of the hardware capabilities in SYS_INFO
 */
struct board {
	const char *name;
	struct port_identity id;
	u32 rbuf;
	u32 stdout_size;
	u32 stream_size;
	u32 hw_caps;
};

extern const struct board boards[];
extern const size_t board_count;

/**
 * board_find() - find a board by its name
 * @name: name of a board
 *
 * Return: board, NULL if there is none
 */
const struct board *board_find(const char *name);

#endif /* BOARD_H */
