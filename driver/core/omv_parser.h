/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Encoder and parser of packets (protocol 1).
 */
#ifndef OMV_PARSER_H
#define OMV_PARSER_H

#include "omv_wire.h"

/* An incomplete packet is rejected after this time (T-9). */
#define OMV_PARSER_TIMEOUT_MS	1000

/*
 * After this number of consecutive rejected packets, their bytes are discarded
 * instead of scanned again. This bounds the work per received byte that a
 * hostile peer can cause.
 */
#define OMV_PARSER_MAX_REJECTS	32

/**
 * struct omv_packet - a decoded packet, or the decoded header of a packet
 * @seq:     sequence number
 * @channel: channel id
 * @flags:   OMV_F_*
 * @opcode:  OMV_OP_*
 * @length:  number of payload bytes
 * @payload: payload; NULL if only the header is decoded. Of a received packet:
 *	valid until the callback returns.
 */
struct omv_packet {
	u8 seq;
	u8 channel;
	u8 flags;
	u8 opcode;
	u16 length;
	const u8 *payload;
};

void omv_hdr_encode(struct omv_hdr *hdr, const struct omv_packet *pkt);
bool omv_hdr_decode(const void *buf, struct omv_packet *pkt);
size_t omv_packet_encode(u8 *buf, const struct omv_packet *pkt);

/**
 * struct omv_parser_ops - callbacks of the parser
 * @payload: a valid header of a packet with a payload was received. Return a
 *	buffer of @pkt->length bytes, which the parser fills as bytes arrive, or
 *	NULL to use a buffer of the parser. The buffer must stay valid until
 *	@packet or omv_parser_detach(). Its content is not verified before
 *	@packet.
 * @packet: a complete packet with correct CRCs was received
 */
struct omv_parser_ops {
	u8 *(*payload)(void *ctx, const struct omv_packet *pkt);
	void (*packet)(void *ctx, const struct omv_packet *pkt);
};

/**
 * struct omv_parser_stats - error counters
 * @bad_header:  headers with a wrong CRC or length
 * @bad_payload: payloads with a wrong CRC
 * @timeouts:    packets that stayed incomplete
 * @skipped:     bytes that belong to no packet
 */
struct omv_parser_stats {
	u64 bad_header;
	u64 bad_payload;
	u64 timeouts;
	u64 skipped;
};

/**
 * struct omv_parser - splits a byte stream into packets
 * @ops:         callbacks
 * @ctx:         first argument of the callbacks
 * @limit:       maximum length field of a valid header
 * @hdr:         header bytes of the current packet
 * @hdr_len:     number of bytes in @hdr
 * @pkt:         decoded header, once @hdr is complete
 * @dst:         buffer for the payload
 * @got:         number of payload and CRC bytes received
 * @crc:         CRC-32 of the payload bytes received
 * @tail:        received CRC-32
 * @from_replay: number of bytes of the current packet that came from @replay
 * @replay:      bytes to scan again before new ones
 * @replay_pos:  index of the next byte in @replay
 * @replay_len:  number of bytes in @replay
 * @rejects:     consecutive rejected packets
 * @since:       start time of the current packet, in ms
 * @now:         time of the current call, in ms
 * @scratch:     buffer for a payload without a buffer of the owner
 * @stats:       counters; the only member that other files may read
 *
 * A payload is written directly to its destination, and its CRC is computed on
 * the way. If the packet is rejected, its bytes go to @replay and are scanned
 * again from the second byte on, because a truncated packet may contain a valid
 * one (T-21).
 */
struct omv_parser {
	const struct omv_parser_ops *ops;
	void *ctx;
	u16 limit;
	u8 hdr[OMV_HDR_SIZE];
	u8 hdr_len;
	struct omv_packet pkt;
	u8 *dst;
	u32 got;
	u32 crc;
	u8 tail[OMV_CRC_SIZE];
	u32 from_replay;
	u8 replay[OMV_MAX_PACKET];
	u32 replay_pos;
	u32 replay_len;
	unsigned int rejects;
	u64 since;
	u64 now;
	u8 scratch[OMV_MAX_PAYLOAD];
	struct omv_parser_stats stats;
};

void omv_parser_init(struct omv_parser *p, const struct omv_parser_ops *ops,
		     void *ctx);
void omv_parser_reset(struct omv_parser *p);
void omv_parser_set_limit(struct omv_parser *p, u16 max_payload);
void omv_parser_input(struct omv_parser *p, const void *data, size_t len,
		      u64 now);
void omv_parser_tick(struct omv_parser *p, u64 now);
u64 omv_parser_deadline(const struct omv_parser *p);
void omv_parser_detach(struct omv_parser *p);

#endif /* OMV_PARSER_H */
