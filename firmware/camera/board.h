/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The boards that speak the protocol (section 13).
 */
#ifndef BOARD_H
#define BOARD_H

#include "../ports/port.h"

/**
 * struct board - a stock camera
 * @name:        of the board
 * @id:          what a host finds on the bus; the serial is missing
 * @rbuf:        bytes of the receive buffer: max_payload is 14 less
 * @stdout_size: bytes of the ring behind stdout: it holds one less
 * @stream_size: bytes of the stream buffer
 * @hw_caps:     word 0 of the hardware capabilities
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
 * board_find() - by name
 * @name: name of a board
 *
 * Return: board, NULL if there is none
 */
const struct board *board_find(const char *name);

#endif /* BOARD_H */
