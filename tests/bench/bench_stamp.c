// SPDX-License-Identifier: GPL-2.0-only
#include "../../firmware/camera/jpeg.h"
#include "bench.h"

uint32_t read_stamp(const uint8_t *data, size_t len, uint64_t *time)
{
	struct jpeg_stamp stamp;

	if (!jpeg_read_stamp(data, (u32)len, &stamp))
		fail("a frame has no stamp");
	*time = stamp.time;
	return stamp.number;
}
