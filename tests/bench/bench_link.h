/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The channel protocol in user space with synchronous transfers: send a
 * request, wait for its response, send an ACK for packets with ACK_REQ.
 */
#ifndef BENCH_LINK_H
#define BENCH_LINK_H

#include "../conformance/conf_packet.h"
#include "../conformance/conf_usb.h"
#include "bench.h"

struct libusb_device_handle;

/**
 * struct link - a session
 * @bench:  counts requests and transfers
 * @seq:    counter of section 4
 * @frame:  id of the frame channel
 * @maxp:   max_payload in effect
 * @rx:     received bytes
 * @pkt:    last packet that was not an event
 */
struct link {
	struct bench *bench;
	struct usb *usb;
	struct libusb_device_handle *handle;
	uint8_t seq, frame;
	uint16_t maxp;
	struct parser rx;
	struct packet pkt;
};

/**
 * link_open() - activate, SYNC, SET_CAPS, find the frame channel
 * @caps: CAP_ bits to set
 * @most: max_payload to set, unless that of the camera is less
 */
void link_open(struct link *l, struct bench *b, uint32_t caps, uint16_t most);
void link_close(struct link *l);

/** link_send() - send a request; does not change the counter */
void link_send(struct link *l, uint8_t op, uint8_t ch, const void *payload, uint16_t len);

/** link_recv() - receive the next packet of the response into @l->pkt; advances the counter */
struct packet *link_recv(struct link *l);

/** link_request() - send a request and receive a response of one packet */
struct packet *link_request(struct link *l, uint8_t op, uint8_t ch, const void *payload,
			    uint16_t len);

/** link_size() - SIZE of the frame channel */
uint32_t link_size(struct link *l);

#endif
