/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Making packets of bytes, and bytes of packets.
 */
#ifndef OMV_PARSER_H
#define OMV_PARSER_H

#include "omv_wire.h"

/* A packet that stays incomplete for longer is given up (T-9). */
#define OMV_PARSER_TIMEOUT_MS	1000

/*
 * So many false packets in a row, and the bytes they came from are thrown
 * away instead of being searched again: bounds the work a hostile peer can
 * cause per byte it sends.
 */
#define OMV_PARSER_MAX_REJECTS	32

/**
 * struct omv_packet - a packet, or while its payload is missing, its header
 * @seq:     as in struct omv_hdr, like all that follow
 * @channel: see there
 * @flags:   OMV_F_*
 * @opcode:  OMV_OP_*
 * @length:  payload bytes
 * @payload: @length verified bytes; valid until the callback returns
 */
struct omv_packet {
	u8 seq;
	u8 channel;
	u8 flags;
	u8 opcode;
	u16 length;
	const u8 *payload;
};

/**
 * omv_hdr_encode() - make the header of a packet
 * @hdr: written
 * @pkt: what goes in; @pkt->payload is not looked at
 */
void omv_hdr_encode(struct omv_hdr *hdr, const struct omv_packet *pkt);

/**
 * omv_hdr_decode() - check the header of a packet and take it apart
 * @hdr: OMV_HDR_SIZE received bytes, at any alignment
 * @pkt: written if the header is good; payload is NULL then
 *
 * Checks the sync word and the CRC, and nothing else.
 *
 * Return: true if the header is good
 */
bool omv_hdr_decode(const void *hdr, struct omv_packet *pkt);

/**
 * omv_packet_encode() - make a whole packet (section 1)
 * @buf: written; room for OMV_OVERHEAD + @pkt->length bytes
 * @pkt: what goes in; the payload may lie in @buf at its final place
 *
 * Return: bytes written
 */
size_t omv_packet_encode(u8 *buf, const struct omv_packet *pkt);

/**
 * struct omv_parser_ops - what the parser calls, from omv_parser_input()
 * @payload: a good header came, with a payload. Return memory for
 *	@pkt->length bytes, which the parser fills as they arrive and which must
 *	stay valid until @packet or omv_parser_detach(); its content means nothing
 *	before @packet. Return NULL to let the parser use its own.
 * @packet: a whole and verified packet
 */
struct omv_parser_ops {
	u8 *(*payload)(void *ctx, const struct omv_packet *pkt);
	void (*packet)(void *ctx, const struct omv_packet *pkt);
};

/**
 * struct omv_parser_stats - what went wrong so far
 * @bad_header:  ten bytes behind a sync word with a wrong CRC or length
 * @bad_payload: payloads with a wrong CRC
 * @timeouts:    packets that stayed incomplete
 * @skipped:     bytes that belonged to no packet
 */
struct omv_parser_stats {
	u64 bad_header;
	u64 bad_payload;
	u64 timeouts;
	u64 skipped;
};

/**
 * struct omv_parser - a byte stream being cut into packets
 *
 * Private to omv_parser.c but for @stats. A payload is written straight to
 * where it is wanted and its CRC computed on the way. If the packet turns out
 * false, its bytes go to @replay and are searched again from the second one
 * on: a good packet may lie inside a torn one (T-21).
 *
 * @ops:         callbacks
 * @ctx:         their first argument
 * @limit:       largest length that is believed
 * @hdr:         header bytes so far
 * @hdr_len:     how many
 * @pkt:         the decoded header, once complete
 * @dst:         where the payload goes
 * @got:         payload and CRC bytes so far
 * @crc:         over the payload so far
 * @tail:        the received CRC-32
 * @from_replay: bytes of the packet in progress that came from @replay
 * @replay:      bytes to be searched again before any new ones
 * @replay_pos:  next of them
 * @replay_len:  their end
 * @rejects:     false packets since the last good one
 * @since:       when the packet in progress began, in ms
 * @now:         the time of the current call, in ms
 * @scratch:     payload nobody wanted elsewhere
 * @stats:       counters
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

/**
 * omv_parser_init() - start with an empty stream
 * @p: parser
 * @ops: callbacks
 * @ctx: their first argument
 */
void omv_parser_init(struct omv_parser *p, const struct omv_parser_ops *ops,
		     void *ctx);

/**
 * omv_parser_reset() - forget what is incomplete, believe every length again
 * @p: parser
 */
void omv_parser_reset(struct omv_parser *p);

/**
 * omv_parser_set_limit() - tell the negotiated max_payload
 * @p: parser
 * @max_payload: longer packets are refused from now on; at most OMV_MAX_PAYLOAD
 */
void omv_parser_set_limit(struct omv_parser *p, u16 max_payload);

/**
 * omv_parser_input() - take received bytes (section 6.1 seen from the host)
 * @p: parser
 * @data: bytes, cut anywhere
 * @len: how many
 * @now: time in ms
 *
 * Calls the ops. They may call anything of the parser but omv_parser_input()
 * and omv_parser_tick().
 */
void omv_parser_input(struct omv_parser *p, const void *data, size_t len,
		      u64 now);

/**
 * omv_parser_tick() - give up a packet that stays incomplete
 * @p: parser
 * @now: time in ms
 *
 * Does nothing before omv_parser_deadline(). May call the ops.
 */
void omv_parser_tick(struct omv_parser *p, u64 now);

/**
 * omv_parser_deadline() - when omv_parser_tick() has something to do
 * @p: parser
 *
 * Return: time in ms, U64_MAX for never
 */
u64 omv_parser_deadline(const struct omv_parser *p);

/**
 * omv_parser_detach() - take back the memory that ops->payload gave
 * @p: parser
 *
 * What has arrived of the payload moves to the parser's own memory, where the
 * rest will join it. Must be called before that memory goes away.
 */
void omv_parser_detach(struct omv_parser *p);

#endif /* OMV_PARSER_H */
