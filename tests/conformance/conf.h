/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions for the tests: the host end of a session, and checks.
 *
 * All code is single-threaded. A failed check ends the test at once (longjmp),
 * so tests must not hold resources; their buffers are static.
 */
#ifndef CONF_H
#define CONF_H

#include <setjmp.h>
#include <stdarg.h>

#include "conf_packet.h"
#include "conf_usb.h"

#define MAX_CHANNELS	32
#define MAX_BLOB	(4u << 20)

#define CH_READ		0x01u
#define CH_WRITE	0x02u
#define CH_LOCK		0x08u
#define CH_DYNAMIC	0x20u

/**
 * struct channel - one CHANNEL_LIST entry
 */
struct channel {
	uint8_t id, flags;
	char name[14];
};

/**
 * struct event - the last event of a channel, and the number of its events
 */
struct event {
	unsigned int count;
	bool has_value;
	uint16_t value;
};

/**
 * struct conf - the host end of a session
 * @seq: the counter H of protocol.md section 4
 * @caps: capability flags in effect
 * @maxp: max_payload in effect; @board_maxp is the one after a SYNC
 * @section: section of protocol.md that the current check belongs to
 * @hold_acks: the test sends the ACKs itself
 * @loose: a SYNC is in progress: the seq of events is not checked
 * @want_copies: also return retransmissions of packets that were already counted
 * @copies: number of retransmissions
 * @stuck: time since which the packet at the front of @rx is incomplete, see @stuck_at
 * @junk_ok: bytes outside packets are expected in this test
 * @event: indexed by channel; 0 holds SYS_EVENTs
 */
struct conf {
	struct usb *usb;
	struct parser rx;
	uint8_t seq;
	uint32_t caps;
	uint16_t maxp, board_maxp;
	uint8_t version[3];

	struct channel list[MAX_CHANNELS];
	unsigned int n_channels;
	int stdio_in, stdio_out, stream, frame, config;	/* channel ids, or -1 */

	struct event event[MAX_CHANNELS];
	unsigned int events;
	bool last_asked_ack;

	const char *section;
	bool hold_acks, loose, want_copies, junk_ok;
	unsigned int copies;
	double stuck;
	size_t stuck_at;
	struct packet pkt;

	int timeout_ms;
	bool verbose;
	const char *script;
	bool stream_seen, stream_dead;	/* it had a frame before; it has none for too long */
	bool end_ok;			/* the camera may disconnect */

	jmp_buf jmp;
	char why[512];
};

enum test_flags {
	T_ACK = 1 << 0,		/* starts with the default capabilities, ack on */
	T_SLOW = 1 << 1,	/* takes more than 10 s: needs --slow */
	T_SCRIPT = 1 << 2,	/* runs a script: needs --script */
	T_RUDE = 1 << 3,	/* breaks scripts without error handling: not with --gentle */
	T_RESET = 1 << 4,	/* resets the camera: needs --reset */
	T_BOOT = 1 << 5,	/* enters the bootloader: needs --boot */
};

/**
 * struct test - one line of a test table
 * @section: section of protocol.md that is tested
 */
struct test {
	const char *name;
	const char *section;
	unsigned int flags;
	void (*run)(struct conf *c);
};

extern const struct test system_tests[], session_tests[], sync_tests[], ack_tests[];
extern const struct test channel_tests[], stream_tests[], frame_tests[], usb_tests[];
extern const struct test script_tests[];

int self_test(void);

/* Results of a test. */
void conf_fail(struct conf *c, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));
void conf_skip(struct conf *c, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));
void conf_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void conf_log_clear(void);
void conf_log_print(void);

#define check(c, cond, ...)				\
	do {						\
		if (!(cond))				\
			conf_fail(c, __VA_ARGS__);	\
	} while (0)

/* Functions that send. They do not change the counter. */
void send_raw(struct conf *c, const uint8_t *buf, size_t n);
void send_pkt(struct conf *c, uint8_t seq, uint8_t ch, uint8_t flags, uint8_t op,
	      const void *payload, size_t len);
void send_req(struct conf *c, uint8_t op, uint8_t ch, const void *payload, size_t len);
void send_ack(struct conf *c, const struct packet *p);

/**
 * conf_recv() - receive the next packet that is not an event
 *
 * Drops retransmissions of packets that were already counted: on a slow machine
 * an ACK may be too late for the camera's 500 ms (section 4).
 *
 * Checks and counts events, and sends ACKs for packets with ACK_REQ. Does not
 * change the counter.
 *
 * Return: false if no packet came within @timeout_ms.
 */
bool conf_recv(struct conf *c, struct packet *p, int timeout_ms);

/**
 * expect() - the next packet must be this one, with the seq of the counter
 * @flags: without ACK_REQ, which is derived from the ack capability
 *
 * Advances the counter.
 */
struct packet *expect(struct conf *c, uint8_t op, uint8_t ch, uint8_t flags);
void expect_ack(struct conf *c, uint8_t op, uint8_t ch);
void expect_nak(struct conf *c, uint8_t op, uint8_t ch, enum status status);
struct packet *expect_data(struct conf *c, uint8_t op, uint8_t ch, int len);

/**
 * expect_pieces() - receive a response of @want bytes in fragments of exactly @piece bytes
 * @buf: the bytes are stored here; may be NULL
 *
 * Return: number of packets.
 */
unsigned int expect_pieces(struct conf *c, uint8_t op, uint8_t ch, uint8_t *buf, size_t want,
			   size_t piece);

/** expect_quiet() - only events may come for @ms */
void expect_quiet(struct conf *c, int ms);

/* A request and its response. */
void req_ack(struct conf *c, uint8_t op, uint8_t ch, const void *payload, size_t len);
void req_nak(struct conf *c, uint8_t op, uint8_t ch, const void *payload, size_t len,
	     enum status status);
struct packet *req_data(struct conf *c, uint8_t op, uint8_t ch, const void *payload, size_t len,
			int want);

/** req_ack_or() - expect an ACK, or a NAK with @status. Return: true for the ACK */
bool req_ack_or(struct conf *c, uint8_t op, uint8_t ch, const void *payload, size_t len,
		enum status status);

/* Frequent requests. */
void ping(struct conf *c);
uint32_t poll_bits(struct conf *c);
uint32_t ch_size(struct conf *c, int ch);
void send_read(struct conf *c, int ch, uint32_t offset, uint32_t len);
unsigned int ch_read(struct conf *c, int ch, uint32_t offset, uint32_t len, uint8_t *buf,
		     size_t piece);
void send_write(struct conf *c, int ch, uint32_t offset, const void *data, size_t len);
void ch_write(struct conf *c, int ch, uint32_t offset, const void *data, size_t len);
void ioctl_ack(struct conf *c, int ch, uint32_t code, const void *arg, size_t len);
void ioctl_nak(struct conf *c, int ch, uint32_t code, const void *arg, size_t len,
	       enum status status);
void put_caps(uint8_t caps[16], uint32_t flags, uint16_t maxp);
void set_caps(struct conf *c, uint32_t flags, uint16_t maxp);
void get_stats(struct conf *c, uint32_t stats[8]);

/** conf_sync() - repeat SYNC as in section 6.4 until the session is synchronised */
void conf_sync(struct conf *c);

/** sync_once() - one SYNC, whose ACK must be the next packet */
void sync_once(struct conf *c);

/** synced() - set the state of a session after the ACK of a SYNC */
void synced(struct conf *c);

/** read_list() - read CHANNEL_LIST into @c->list, and find the ids of known names */
void read_list(struct conf *c);

/** wait_event() - wait for an event of @ch. Return: false if none came within @ms */
bool wait_event(struct conf *c, int ch, int ms);
void events_clear(struct conf *c);
void sleep_ms(int ms);

/* In test_stream.c and test_frame.c, for tests that need large responses. */

/**
 * stream_wait() - empty the stream's mailbox and wait for the next frame
 *
 * If no frame comes, the test is skipped if there never was one; otherwise it fails.
 *
 * Return: result of SIZE.
 */
uint32_t stream_wait(struct conf *c);

/** stream_lock_frame() - wait for a frame and lock it until UNLOCK. Return: its size */
uint32_t stream_lock_frame(struct conf *c);
void stream_off(struct conf *c);

/** frame_wait() - wait until a frame is latched. Return: its size */
uint32_t frame_wait(struct conf *c);

/**
 * struct blob - constant content of a channel with readp()
 * @size: number of bytes that can be read without releasing the content
 */
struct blob {
	int ch;
	uint32_t size;
};

/** blob_any() - get a blob of any channel; skip the test if there is none */
struct blob blob_any(struct conf *c);

/**
 * jpeg_parse() - parse a JPEG
 * @qsum: set to the sum of all quantisation values
 *
 * Return: NULL, or a message if the JPEG is invalid.
 */
const char *jpeg_parse(const uint8_t *p, size_t n, unsigned int *w, unsigned int *h,
		       unsigned long *qsum);

#endif
