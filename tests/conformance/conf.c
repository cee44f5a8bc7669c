// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conf.h"

#define STALE_MS	1500	/* limit for an incomplete packet */
#define LOG_LINES	24

/* The packets of the current test, which are printed if it fails. */
static char log_lines[LOG_LINES][160];
static unsigned int log_count;

void conf_log_clear(void)
{
	log_count = 0;
}

void conf_log_print(void)
{
	unsigned int first = log_count > LOG_LINES ? log_count - LOG_LINES : 0;

	if (first)
		conf_note("... %u packets before these", first);
	for (unsigned int i = first; i < log_count; i++)
		conf_note("%s", log_lines[i % LOG_LINES]);
}

void conf_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
}

void conf_fail(struct conf *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->why, sizeof(c->why), fmt, ap);
	va_end(ap);
	longjmp(c->jmp, 1);
}

void conf_skip(struct conf *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->why, sizeof(c->why), fmt, ap);
	va_end(ap);
	longjmp(c->jmp, 2);
}

void sleep_ms(int ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000L }, NULL);
}

static void log_packet(struct conf *c, const char *dir, const struct packet *p)
{
	char *line = log_lines[log_count++ % LOG_LINES];
	int n = snprintf(line, sizeof(log_lines[0]),
			 "%s seq=%-3u ch=%u fl=%02X op=%02X %-9s len=%-5u ", dir, p->seq, p->ch,
			 p->flags, p->op, op_name(p->op), p->len);

	for (unsigned int i = 0; i < p->len && i < 16; i++)
		n += snprintf(line + n, sizeof(log_lines[0]) - (size_t)n, " %02X", p->data[i]);
	if (!c->verbose)
		return;
	conf_note("%9.1f %s", now_ms(), line);
	for (unsigned int i = 16; i < p->len; i += 32) {
		printf("#    %5u:", i);
		for (unsigned int j = i; j < i + 32 && j < p->len; j++)
			printf(" %02X", p->data[j]);
		printf("\n");
	}
}

static void log_bytes(struct conf *c, const uint8_t *buf, size_t n)
{
	char *line = log_lines[log_count++ % LOG_LINES];
	int k = snprintf(line, sizeof(log_lines[0]), "H>D %zu raw bytes:", n);

	for (size_t i = 0; i < n && i < 32; i++)
		k += snprintf(line + k, sizeof(log_lines[0]) - (size_t)k, " %02X", buf[i]);
	if (c->verbose)
		conf_note("%9.1f %s", now_ms(), line);
}

static void out(struct conf *c, const uint8_t *buf, size_t n)
{
	int ret = usb_write(c->usb, buf, n, c->timeout_ms);

	check(c, ret == (int)n, "bulk OUT of %zu bytes: %s (%d)", n,
	      ret == -7 ? "the device takes nothing" : "error", ret);
}

void send_raw(struct conf *c, const uint8_t *buf, size_t n)
{
	log_bytes(c, buf, n);
	out(c, buf, n);
}

void send_pkt(struct conf *c, uint8_t seq, uint8_t ch, uint8_t flags, uint8_t op,
	      const void *payload, size_t len)
{
	static uint8_t buf[65535 + 14];
	static struct packet p;

	p = (struct packet){ .seq = seq, .ch = ch, .flags = flags, .op = op, .len = (uint16_t)len };
	if (len)
		memcpy(p.data, payload, len < PKT_MAX ? len : PKT_MAX);
	if (len > PKT_MAX)
		p.len = PKT_MAX;
	log_packet(c, "H>D", &p);
	out(c, buf, pkt_build(buf, seq, ch, flags, op, payload, (uint16_t)len));
}

void send_req(struct conf *c, uint8_t op, uint8_t ch, const void *payload, size_t len)
{
	send_pkt(c, c->seq, ch, 0, op, payload, len);
}

void send_ack(struct conf *c, const struct packet *p)
{
	send_pkt(c, p->seq, p->ch, F_ACK, p->op, NULL, 0);
}

/* Check what must hold for every event (sections 3.17 and 4). */
static void take_event(struct conf *c, const struct packet *p)
{
	struct event *e = &c->event[p->ch % MAX_CHANNELS];
	uint8_t asks = c->caps & CAP_ACK ? F_ACK_REQ | F_RTX : 0;

	/* While a data packet waits for its ACK, the device has not advanced its counter yet. */
	uint8_t lag = (uint8_t)(c->seq - p->seq);
	bool seq_ok = !lag || (lag == 1 && c->last_asked_ack);

	c->events++;
	e->count++;
	e->has_value = p->len == 2;
	e->value = p->len == 2 ? get16(p->data) : 0;
	if (p->op == OP_SYS_EVENT && e->value == 2)
		c->loose = true;	/* soft reboot: no session until the next SYNC */
	if (c->loose)
		return;
	c->section = "3.17";
	check(c, !((p->flags & ~F_EVENT) & ~asks), "event with flags %02X", p->flags);
	check(c, p->op == OP_EVENT || (p->op == OP_SYS_EVENT && p->ch == 0),
	      "EVENT flag on opcode %02X channel %u", p->op, p->ch);
	check(c, p->len == 0 || p->len == 2, "event with %u bytes of payload, not 0 or 2", p->len);
	check(c, c->caps & CAP_EVENTS, "event while the events capability is off");
	check(c, seq_ok, "event with seq %u while the counter is %u (section 4)", p->seq, c->seq);
}

/*
 * A camera that has abandoned a packet leaves an incomplete one (T-9). New bytes
 * do not extend the limit: they belong to another packet.
 */
static void skip_stale(struct conf *c)
{
	if (!parser_pending(&c->rx) || c->rx.head != c->stuck_at) {
		c->stuck = now_ms();
		c->stuck_at = c->rx.head;
	} else if (now_ms() - c->stuck > STALE_MS) {
		parser_skip(&c->rx);
	}
}

static bool next_packet(struct conf *c, struct packet *p, int timeout_ms)
{
	static uint8_t buf[65536];
	double end = now_ms() + timeout_ms;

	while (!parser_next(&c->rx, p)) {
		double left = end - now_ms();
		int n = usb_read(c->usb, buf, sizeof(buf), left > 100 ? 100 : left > 0 ? (int)left + 1 : 0);

		check(c, n >= 0, "bulk IN: error %d", n);
		check(c, parser_feed(&c->rx, buf, (size_t)n), "more bytes than were asked for");
		if (!n && left <= 0)
			return false;
		skip_stale(c);
	}
	return true;
}

bool conf_recv(struct conf *c, struct packet *p, int timeout_ms)
{
	const char *section = c->section;
	double end = now_ms() + timeout_ms;

	/* Events do not restart the timeout: there may be any number of them. */
	for (double left = timeout_ms; next_packet(c, p, left > 0 ? (int)left + 1 : 0);
	     left = end - now_ms()) {
		log_packet(c, "D>H", p);
		if (p->flags & F_ACK_REQ && !c->hold_acks)
			send_ack(c, p);
		if (p->flags & F_RTX && !(p->flags & F_EVENT)) {
			c->copies++;
			if (p->seq != c->seq && !c->want_copies)
				continue;
		}
		if (!(p->flags & F_EVENT)) {
			check(c, p->len <= c->maxp || c->loose,
			      "payload of %u bytes above max_payload %u (section 1.2)", p->len, c->maxp);
			c->last_asked_ack = p->flags & F_ACK_REQ;
			return true;
		}
		take_event(c, p);
		c->section = section;
	}
	return false;
}

struct packet *expect(struct conf *c, uint8_t op, uint8_t ch, uint8_t flags)
{
	struct packet *p = &c->pkt;
	char want[64];

	if (!(flags & (F_ACK | F_NAK)) && c->caps & CAP_ACK)
		flags |= F_ACK_REQ;
	snprintf(want, sizeof(want), "seq=%u ch=%u fl=%02X op=%02X %s", c->seq, ch, flags, op,
		 op_name(op));
	check(c, conf_recv(c, p, c->timeout_ms), "expected %s, got nothing for %d ms", want,
	      c->timeout_ms);
	check(c, p->seq == c->seq && p->ch == ch && p->flags == flags && p->op == op,
	      "expected %s, got seq=%u ch=%u fl=%02X op=%02X %s%s%s", want, p->seq, p->ch,
	      p->flags, p->op, op_name(p->op), p->flags & F_NAK ? " NAK " : "",
	      p->flags & F_NAK && p->len == 2 ? status_name(get16(p->data)) : "");
	check(c, c->caps & CAP_CRC || !p->hcrc,
	      "header CRC %04X while the crc capability is off, not 0", p->hcrc);
	c->seq++;
	return p;
}

void expect_ack(struct conf *c, uint8_t op, uint8_t ch)
{
	struct packet *p = expect(c, op, ch, F_ACK);

	check(c, p->len == 0, "ACK of %s carries %u bytes (section 3)", op_name(op), p->len);
}

void expect_nak(struct conf *c, uint8_t op, uint8_t ch, enum status status)
{
	struct packet *p = expect(c, op, ch, F_NAK);

	check(c, p->len == 2, "NAK of %s carries %u bytes, not 2 (section 3.1)", op_name(op), p->len);
	check(c, get16(p->data) == status, "expected NAK %s, got NAK %s (%u)", status_name(status),
	      status_name(get16(p->data)), get16(p->data));
}

struct packet *expect_data(struct conf *c, uint8_t op, uint8_t ch, int len)
{
	struct packet *p = expect(c, op, ch, 0);

	check(c, len < 0 || p->len == len, "%s answered with %u bytes, not %d", op_name(op), p->len,
	      len);
	return p;
}

unsigned int expect_pieces(struct conf *c, uint8_t op, uint8_t ch, uint8_t *buf, size_t want,
			   size_t piece)
{
	unsigned int packets = 0;
	size_t got = 0;

	do {
		size_t part = want - got < piece ? want - got : piece;
		struct packet *p = expect(c, op, ch, part < want - got ? F_FRAGMENT : 0);

		check(c, p->len == part, "fragment %u of %s has %u bytes, not %zu (section 7)",
		      packets, op_name(op), p->len, part);
		if (buf)
			memcpy(buf + got, p->data, part);
		got += part;
		packets++;
	} while (got < want);
	return packets;
}

void expect_quiet(struct conf *c, int ms)
{
	double end = now_ms() + ms;
	struct packet *p = &c->pkt;

	for (double left = ms; left > 0; left = end - now_ms())
		check(c, !conf_recv(c, p, (int)left + 1),
		      "expected silence, got seq=%u ch=%u fl=%02X op=%02X %s", p->seq, p->ch,
		      p->flags, p->op, op_name(p->op));
}

void req_ack(struct conf *c, uint8_t op, uint8_t ch, const void *payload, size_t len)
{
	send_req(c, op, ch, payload, len);
	expect_ack(c, op, ch);
}

void req_nak(struct conf *c, uint8_t op, uint8_t ch, const void *payload, size_t len,
	     enum status status)
{
	send_req(c, op, ch, payload, len);
	expect_nak(c, op, ch, status);
}

struct packet *req_data(struct conf *c, uint8_t op, uint8_t ch, const void *payload, size_t len,
			int want)
{
	send_req(c, op, ch, payload, len);
	return expect_data(c, op, ch, want);
}

bool req_ack_or(struct conf *c, uint8_t op, uint8_t ch, const void *payload, size_t len,
		enum status status)
{
	struct packet *p = &c->pkt;

	send_req(c, op, ch, payload, len);
	check(c, conf_recv(c, p, c->timeout_ms), "no answer to %s", op_name(op));
	check(c, p->seq == c->seq && p->op == op && p->ch == ch &&
	      ((p->flags == F_ACK && p->len == 0) ||
	       (p->flags == F_NAK && p->len == 2 && get16(p->data) == status)),
	      "expected ACK or NAK %s of %s, got seq=%u ch=%u fl=%02X op=%02X", status_name(status),
	      op_name(op), p->seq, p->ch, p->flags, p->op);
	c->seq++;
	return p->flags == F_ACK;
}

uint32_t poll_bits(struct conf *c)
{
	return get32(req_data(c, OP_POLL, 0, NULL, 0, 4)->data);
}

/* Check that the counters of both ends agree, with a request that has no effect. */
void ping(struct conf *c)
{
	poll_bits(c);
}

uint32_t ch_size(struct conf *c, int ch)
{
	return get32(req_data(c, OP_SIZE, (uint8_t)ch, NULL, 0, 4)->data);
}

void send_read(struct conf *c, int ch, uint32_t offset, uint32_t len)
{
	uint8_t arg[8];

	put32(arg, offset);
	put32(arg + 4, len);
	send_req(c, OP_READ, (uint8_t)ch, arg, sizeof(arg));
}

unsigned int ch_read(struct conf *c, int ch, uint32_t offset, uint32_t len, uint8_t *buf,
		     size_t piece)
{
	send_read(c, ch, offset, len);
	return expect_pieces(c, OP_READ, (uint8_t)ch, buf, len, piece);
}

void send_write(struct conf *c, int ch, uint32_t offset, const void *data, size_t len)
{
	static uint8_t arg[65535];

	put32(arg, offset);
	put32(arg + 4, (uint32_t)len);
	if (len)
		memcpy(arg + 8, data, len);
	send_req(c, OP_WRITE, (uint8_t)ch, arg, 8 + len);
}

void ch_write(struct conf *c, int ch, uint32_t offset, const void *data, size_t len)
{
	send_write(c, ch, offset, data, len);
	expect_ack(c, OP_WRITE, (uint8_t)ch);
}

static void send_ioctl(struct conf *c, int ch, uint32_t code, const void *arg, size_t len)
{
	uint8_t buf[64];

	put32(buf, code);
	if (len)
		memcpy(buf + 4, arg, len);
	send_req(c, OP_IOCTL, (uint8_t)ch, buf, 4 + len);
}

void ioctl_ack(struct conf *c, int ch, uint32_t code, const void *arg, size_t len)
{
	send_ioctl(c, ch, code, arg, len);
	expect_ack(c, OP_IOCTL, (uint8_t)ch);
}

void ioctl_nak(struct conf *c, int ch, uint32_t code, const void *arg, size_t len,
	       enum status status)
{
	send_ioctl(c, ch, code, arg, len);
	expect_nak(c, OP_IOCTL, (uint8_t)ch, status);
}

void put_caps(uint8_t caps[16], uint32_t flags, uint16_t maxp)
{
	memset(caps, 0, 16);
	put32(caps, flags);
	put16(caps + 4, maxp);
}

void set_caps(struct conf *c, uint32_t flags, uint16_t maxp)
{
	uint8_t caps[16];

	put_caps(caps, flags, maxp);
	req_ack(c, OP_SET_CAPS, 0, caps, sizeof(caps));
	c->caps = flags;
	c->maxp = maxp;
	c->rx.crc = flags & CAP_CRC;
}

void get_stats(struct conf *c, uint32_t stats[8])
{
	const uint8_t *p = req_data(c, OP_STATS, 0, NULL, 0, 32)->data;

	for (int i = 0; i < 8; i++)
		stats[i] = get32(p + 4 * i);
}

static bool is_sync_ack(const struct packet *p)
{
	return p->op == OP_SYNC && p->ch == 0 && p->flags == F_ACK && p->seq == 0 && p->len == 0;
}

void synced(struct conf *c)
{
	c->seq = 0;
	c->caps = CAP_DEFAULT;
	c->maxp = c->board_maxp;
	c->rx.crc = true;
	c->last_asked_ack = false;
	c->loose = false;
}

void sync_once(struct conf *c)
{
	struct packet *p = &c->pkt;

	c->loose = true;
	c->rx.crc = true;
	send_pkt(c, 0, 0, 0, OP_SYNC, NULL, 0);
	check(c, conf_recv(c, p, c->timeout_ms), "SYNC not answered");
	check(c, is_sync_ack(p), "expected the ACK of SYNC, got seq=%u ch=%u fl=%02X op=%02X %s",
	      p->seq, p->ch, p->flags, p->op, op_name(p->op));
	synced(c);
}

static bool sync_try(struct conf *c)
{
	struct packet *p = &c->pkt;
	double end = now_ms() + c->timeout_ms / 4;

	send_pkt(c, 0, 0, 0, OP_SYNC, NULL, 0);
	while (conf_recv(c, p, c->timeout_ms / 4) && now_ms() < end)
		if (is_sync_ack(p))
			return true;
	return false;
}

void conf_sync(struct conf *c)
{
	struct packet *p = &c->pkt;
	bool clean = false, answered = false;

	c->hold_acks = false;
	c->want_copies = false;
	c->loose = true;
	c->rx.crc = true;
	for (int i = 0; i < 10 && !clean; i++) {
		if (!sync_try(c))
			continue;
		answered = true;
		/* Each earlier SYNC has a response, too, and resets the session again. */
		for (int k = 0; i && k < 50 && conf_recv(c, p, 500); k++)
			;
		/* A packet from before the SYNC may still follow: then repeat the SYNC. */
		send_pkt(c, 0, 0, 0, OP_GET_CAPS, NULL, 0);
		clean = conf_recv(c, p, c->timeout_ms) && p->op == OP_GET_CAPS &&
			p->seq == 0 && p->ch == 0 && p->flags == F_ACK_REQ && p->len == 16;
	}
	check(c, answered, "SYNC not answered: firmware older than 5.0.0, or it is stuck");
	check(c, clean, "after SYNC, GET_CAPS is not answered with 16 bytes, ACK_REQ and seq 0");
	if (!c->board_maxp)
		c->board_maxp = get16(p->data + 4);
	synced(c);
	c->seq = 1;
	c->last_asked_ack = true;
}

void read_list(struct conf *c)
{
	static const char *const names[] = { "stdin", "stdout", "stream", "frame", "config" };
	int *const ids[] = { &c->stdio_in, &c->stdio_out, &c->stream, &c->frame, &c->config };
	struct packet *p = req_data(c, OP_LIST, 0, NULL, 0, -1);

	check(c, p->len && p->len % 16 == 0 && p->len <= 16 * MAX_CHANNELS,
	      "CHANNEL_LIST answered with %u bytes (section 3.9)", p->len);
	c->n_channels = p->len / 16;
	for (int k = 0; k < 5; k++)
		*ids[k] = -1;
	for (unsigned int i = 0; i < c->n_channels; i++) {
		struct channel *ch = &c->list[i];

		ch->id = p->data[16 * i];
		ch->flags = p->data[16 * i + 1];
		memcpy(ch->name, p->data + 16 * i + 2, 14);
		for (int k = 0; k < 5; k++)
			if (!strncmp(ch->name, names[k], 14))
				*ids[k] = ch->id;
	}
}

bool wait_event(struct conf *c, int ch, int ms)
{
	unsigned int before = c->event[ch].count;
	double end = now_ms() + ms;
	struct packet *p = &c->pkt;

	/* Wait in short steps: an event does not end conf_recv(). */
	while (c->event[ch].count == before) {
		if (now_ms() > end)
			return false;
		check(c, !conf_recv(c, p, 20), "waiting for an event of channel %d, got seq=%u "
		      "ch=%u fl=%02X op=%02X %s", ch, p->seq, p->ch, p->flags, p->op,
		      op_name(p->op));
	}
	return true;
}

void events_clear(struct conf *c)
{
	memset(c->event, 0, sizeof(c->event));
	c->events = 0;
}
