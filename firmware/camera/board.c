// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "board.h"

#define KIB	1024u
#define MIB	(1024u * 1024u)

#define STM_FULL(vid_, pid_, maker, text)						\
	{ .vid = vid_, .pid = pid_, .stack = PORT_STACK_STM, .out_transfer = 64,	\
	  .manufacturer = maker, .product = text " in FS Mode" }
#define STM_HIGH(vid_, pid_, maker, text)						\
	{ .vid = vid_, .pid = pid_, .stack = PORT_STACK_STM, .high_speed = true,	\
	  .out_transfer = 512, .manufacturer = maker, .product = text " in HS Mode" }
#define TINYUSB(pid_, out)								\
	{ .vid = 0x37c5, .pid = pid_, .stack = PORT_STACK_TINYUSB, .high_speed = true,	\
	  .out_transfer = out, .manufacturer = "OpenMV", .product = "OpenMV Camera" }

#define OPENMV_VCP	"OpenMV Virtual Comm Port"

const struct board boards[] = {
	{ "OPENMV2", STM_FULL(0x37c5, 0x1202, "OpenMV", OPENMV_VCP),
	  512, 512, 8 * KIB, 0x040000 },
	{ "OPENMV3", STM_FULL(0x37c5, 0x1203, "OpenMV", OPENMV_VCP),
	  512, 512, 22 * KIB, 0x040050 },
	{ "OPENMV4", STM_FULL(0x37c5, 0x1204, "OpenMV", OPENMV_VCP),
	  512, 512, 32 * KIB, 0x040050 },
	{ "OPENMV4P", STM_FULL(0x37c5, 0x124a, "OpenMV", OPENMV_VCP),
	  4096, 1024, 1 * MIB, 0x040070 },
	{ "OPENMVPT", STM_FULL(0x37c5, 0x1205, "OpenMV", OPENMV_VCP),
	  4096, 1024, 1 * MIB, 0x040070 },
	{ "OPENMV_RT1060", TINYUSB(0x1060, 512),
	  4096, 1024, 1 * MIB, 0x1f0020 },
	{ "OPENMV_N6", TINYUSB(0x1206, 4096),
	  8192, 2048, 1 * MIB, 0x1f08ff },
	{ "OPENMV_AE3", TINYUSB(0x16e3, 512),
	  8192, 2048, 1 * MIB, 0x3f08c3 },
	{ "ARDUINO_PORTENTA_H7",
	  STM_HIGH(0x2341, 0x045b, "Arduino", "Portenta Virtual Comm Port"),
	  4096, 1024, 1 * MIB, 0x1f0070 },
	{ "ARDUINO_NICLA_VISION",
	  STM_HIGH(0x2341, 0x045f, "Arduino", "Nicla Vision Virtual Comm Port"),
	  4096, 512, 32 * KIB, 0x1f0070 },
	{ "ARDUINO_GIGA", STM_FULL(0x2341, 0x0466, "Arduino", "Giga Virtual Comm Port"),
	  4096, 1024, 1 * MIB, 0x1f0070 },
};

const size_t board_count = ARRAY_SIZE(boards);

const struct board *board_find(const char *name)
{
	for (size_t i = 0; i < board_count; i++) {
		if (!strcmp(boards[i].name, name))
			return &boards[i];
	}
	return NULL;
}
