// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fetch frames like the vendor's SDK (protocol.md 17.3): ack on, POLL, LOCK,
 * SIZE, READ and UNLOCK, one request at a time.
 */
#include <string.h>

#include "bench_link.h"

#define SDK_PAYLOAD	4096

static uint8_t frame[1 << 24];

static bool poll_frame(struct link *l)
{
	const struct packet *p = link_request(l, OP_POLL, 0, NULL, 0);

	return !(p->flags & F_NAK) && get32(p->data) >> l->frame & 1;
}

static uint32_t read_frame(struct link *l, uint32_t size)
{
	uint8_t range[8] = { 0 };
	const struct packet *p;
	uint32_t got = 0;

	put32(range + 4, size);
	link_send(l, OP_READ, l->frame, range, sizeof(range));
	do {
		p = link_recv(l);
		if (p->flags & F_NAK || p->op != OP_READ || p->len > size - got)
			fail("READ failed");
		memcpy(frame + got, p->data, p->len);
		got += p->len;
	} while (p->flags & F_FRAGMENT);
	return got;
}

void bench_sdk(struct bench *b)
{
	static struct link l;
	uint32_t size;
	bool more = true;

	b->warm_up = WARM_UP_SDK;
	link_open(&l, b, CAP_DEFAULT, SDK_PAYLOAD);
	while (more) {
		bool locked;

		if (!poll_frame(&l))
			continue;
		/* BUSY is possible: the channel may have no lock. */
		locked = !(link_request(&l, OP_LOCK, l.frame, NULL, 0)->flags & F_NAK);
		size = link_size(&l);
		if (!size || size > sizeof(frame))
			fail("SIZE says %u", size);
		more = bench_frame(b, frame, read_frame(&l, size), 0);
		if (locked)
			link_request(&l, OP_UNLOCK, l.frame, NULL, 0);
	}
	link_close(&l);
}
