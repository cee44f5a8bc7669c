// SPDX-License-Identifier: GPL-2.0-only
/*
 * The throughput of the bare USB pipe: continuous READs, with IN transfers
 * always pending, and received bytes are only counted. Without events and with
 * ack off the length of each response is known in advance.
 */
#include <libusb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_link.h"

#define TRANSFERS	8
#define TRANSFER_SIZE	16384
#define DEPTH_MAX	4
#define IDLE_S		10

/**
 * struct raw - state of the measurement
 * @answer:  bytes of the response to a READ, including headers and CRCs
 * @packets: number of packets of a response
 * @left:    bytes until the response in progress is complete
 * @active:  number of pending transfers
 * @asked:   number of READs whose response is not complete
 * @progress: data was received since the last check
 */
struct raw {
	struct link link;
	uint32_t answer, packets, left;
	unsigned int active, asked;
	bool more, progress;
	struct libusb_transfer *out[DEPTH_MAX];
	unsigned int next_out;
	uint8_t out_buf[DEPTH_MAX][64];
	uint8_t in_buf[TRANSFERS][TRANSFER_SIZE];
};

static void out_done(struct libusb_transfer *t)
{
	struct raw *r = t->user_data;

	r->progress = true;
	r->active--;
	if (t->status != LIBUSB_TRANSFER_COMPLETED)
		fail("OUT transfer: status %d", t->status);
}

static void send_read(struct raw *r)
{
	struct link *l = &r->link;
	unsigned int i = r->next_out++ % DEPTH_MAX;
	uint8_t range[8] = { 0 };
	size_t len;

	put32(range + 4, l->bench->size);
	len = pkt_build(r->out_buf[i], l->seq, l->frame, 0, OP_READ, range, sizeof(range));
	l->seq += (uint8_t)r->packets;
	l->bench->requests++;
	libusb_fill_bulk_transfer(r->out[i], l->handle, usb_info(l->usb)->ep_out, r->out_buf[i],
				  (int)len, out_done, r, 0);
	if (libusb_submit_transfer(r->out[i]))
		fail("OUT transfer cannot be submitted");
	r->active++;
	r->asked++;
}

/* Check that each response starts where it is expected; otherwise the count is wrong. */
static void count(struct raw *r, const uint8_t *p, uint32_t len)
{
	while (len) {
		uint32_t n = len < r->left ? len : r->left;

		if (r->left == r->answer && (p[0] != 0xAA || (n > 5 && p[5] != OP_READ)))
			fail("an answer does not begin where the last one ended");
		p += n;
		len -= n;
		r->left -= n;
		if (r->left)
			return;
		r->left = r->answer;
		r->asked--;
		r->more = r->more && bench_frame(r->link.bench, NULL, r->link.bench->size, 0);
		if (r->more)
			send_read(r);
	}
}

static void in_done(struct libusb_transfer *t)
{
	struct raw *r = t->user_data;

	r->progress = true;
	r->link.bench->transfers++;
	r->active--;
	if (t->status == LIBUSB_TRANSFER_CANCELLED)
		return;
	if (t->status != LIBUSB_TRANSFER_COMPLETED)
		fail("IN transfer: status %d", t->status);
	count(r, t->buffer, (uint32_t)t->actual_length);
	if (!r->asked)
		return;
	if (libusb_submit_transfer(t))
		fail("IN transfer cannot be submitted");
	r->active++;
}

static void run(struct raw *r, libusb_context *ctx)
{
	struct timeval tv = { IDLE_S, 0 };

	r->progress = false;
	if (libusb_handle_events_timeout(ctx, &tv) || !r->progress)
		fail("nothing came for %u s", IDLE_S);
}

void bench_raw(struct bench *b, unsigned int depth)
{
	struct raw *r = calloc(1, sizeof(*r));
	struct libusb_transfer *in[TRANSFERS];
	libusb_context *ctx;

	if (!r)
		fail("out of memory");
	link_open(&r->link, b, CAP_CRC | CAP_SEQ, PKT_MAX);
	ctx = usb_context(r->link.usb);
	while (link_size(&r->link) != b->size)
		usleep(10000);
	r->packets = (b->size + r->link.maxp - 1) / r->link.maxp;
	r->answer = b->size + r->packets * (PKT_HDR + PKT_PCRC);
	r->left = r->answer;
	r->more = true;
	for (unsigned int i = 0; i < DEPTH_MAX; i++)
		r->out[i] = libusb_alloc_transfer(0);
	for (unsigned int i = 0; i < TRANSFERS; i++) {
		in[i] = libusb_alloc_transfer(0);
		libusb_fill_bulk_transfer(in[i], r->link.handle, usb_info(r->link.usb)->ep_in,
					  r->in_buf[i], TRANSFER_SIZE, in_done, r, 0);
		if (libusb_submit_transfer(in[i]))
			fail("IN transfer cannot be submitted");
		r->active++;
	}
	for (unsigned int i = 0; i < depth; i++)
		send_read(r);
	while (r->asked)
		run(r, ctx);
	for (unsigned int i = 0; i < TRANSFERS; i++)
		libusb_cancel_transfer(in[i]);
	while (r->active)
		run(r, ctx);
	for (unsigned int i = 0; i < TRANSFERS; i++)
		libusb_free_transfer(in[i]);
	for (unsigned int i = 0; i < DEPTH_MAX; i++)
		libusb_free_transfer(r->out[i]);
	link_close(&r->link);
	free(r);
}
