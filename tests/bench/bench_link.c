// SPDX-License-Identifier: GPL-2.0-only
#include <libusb.h>
#include <stdlib.h>
#include <string.h>

#include "bench_link.h"

#define WAIT_MS		10000
#define SYNC_TRIES	5
#define SYNC_MS		500
#define IN_SIZE		16384

static void send_bytes(struct link *l, uint8_t *buf, int len)
{
	int done, err;

	l->bench->transfers++;
	err = libusb_bulk_transfer(l->handle, usb_info(l->usb)->ep_out, buf, len, &done, WAIT_MS);
	/* No packet sent here fills its last USB packet, so no zero-length packet is needed. */
	if (err || done != len)
		fail("OUT transfer: %s", libusb_strerror(err));
}

static void send_packet(struct link *l, uint8_t seq, uint8_t ch, uint8_t flags, uint8_t op,
			const void *payload, uint16_t len)
{
	uint8_t buf[64];

	send_bytes(l, buf, (int)pkt_build(buf, seq, ch, flags, op, payload, len));
}

void link_send(struct link *l, uint8_t op, uint8_t ch, const void *payload, uint16_t len)
{
	l->bench->requests++;
	send_packet(l, l->seq, ch, 0, op, payload, len);
}

static bool receive(struct link *l, unsigned int timeout_ms)
{
	uint8_t buf[IN_SIZE];
	int len = 0, err;

	l->bench->transfers++;
	err = libusb_bulk_transfer(l->handle, usb_info(l->usb)->ep_in, buf, sizeof(buf), &len,
				   timeout_ms);
	if (err && err != LIBUSB_ERROR_TIMEOUT)
		fail("IN transfer: %s", libusb_strerror(err));
	if (!parser_feed(&l->rx, buf, (size_t)len))
		fail("more bytes than expected");
	return !err;
}

/* Receive a packet. Skip events and retransmissions: on a busy machine ACKs may be late. */
static bool next_packet(struct link *l, unsigned int timeout_ms)
{
	struct packet *p = &l->pkt;

	for (;;) {
		while (!parser_next(&l->rx, p))
			if (!receive(l, timeout_ms))
				return false;
		if (p->flags & F_ACK_REQ)
			send_packet(l, p->seq, p->ch, F_ACK, p->op, NULL, 0);
		if (!(p->flags & F_EVENT) && !(p->flags & F_RTX && p->seq != l->seq))
			return true;
	}
}

struct packet *link_recv(struct link *l)
{
	if (!next_packet(l, WAIT_MS))
		fail("no answer for %u s", WAIT_MS / 1000);
	if (l->pkt.seq != l->seq)
		fail("seq %u instead of %u", l->pkt.seq, l->seq);
	l->seq++;
	return &l->pkt;
}

struct packet *link_request(struct link *l, uint8_t op, uint8_t ch, const void *payload,
			    uint16_t len)
{
	link_send(l, op, ch, payload, len);
	return link_recv(l);
}

static void sync_session(struct link *l)
{
	for (unsigned int i = 0; i < SYNC_TRIES; i++) {
		l->seq = 0;
		link_send(l, OP_SYNC, 0, NULL, 0);
		while (next_packet(l, SYNC_MS))
			if (l->pkt.op == OP_SYNC && l->pkt.flags & F_ACK)
				return;
	}
	fail("no answer to SYNC");
}

static void find_frame(struct link *l)
{
	const struct packet *p = link_request(l, OP_LIST, 0, NULL, 0);

	for (unsigned int at = 0; at + 16 <= p->len; at += 16)
		if (!strncmp((const char *)p->data + at + 2, "frame", 14))
			l->frame = p->data[at];
	if (!l->frame)
		fail("there is no frame channel");
}

uint32_t link_size(struct link *l)
{
	const struct packet *p = link_request(l, OP_SIZE, l->frame, NULL, 0);

	return p->flags & F_NAK || p->len < 4 ? 0 : get32(p->data);
}

void link_open(struct link *l, struct bench *b, uint32_t caps, uint16_t most)
{
	uint8_t set[16] = { (uint8_t)caps };
	const struct packet *p;
	char why[256];

	l->bench = b;
	l->seq = l->frame = 0;
	parser_init(&l->rx);
	l->usb = usb_open(0, 0, WAIT_MS, why, sizeof(why));
	if (!l->usb)
		fail("%s", why);
	usb_in_stop(l->usb);
	l->handle = usb_handle(l->usb);
	if (usb_activate(l->usb, CDC_ACTIVE_BAUD, true))
		fail("the camera cannot be activated");
	sync_session(l);
	p = link_request(l, OP_GET_CAPS, 0, NULL, 0);
	l->maxp = get16(p->data + 4);
	if (l->maxp > most)
		l->maxp = most;
	put16(set + 4, l->maxp);
	if (link_request(l, OP_SET_CAPS, 0, set, sizeof(set))->flags & F_NAK)
		fail("SET_CAPS was refused");
	find_frame(l);
}

void link_close(struct link *l)
{
	usb_activate(l->usb, CDC_ACTIVE_BAUD, false);
	usb_close(l->usb);
}
