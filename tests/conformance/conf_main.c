// SPDX-License-Identifier: GPL-2.0-only
/*
 * conformance - tests a camera without the kernel driver: does it follow the
 * specification, protocol.md?
 */
#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"

#define APPEAR_MS	15000
#define MAX_TESTS	200

struct options {
	uint16_t vid, pid;
	bool list, gentle, no_skip;
	unsigned int enabled;	/* test_flags that were enabled by options */
	const char *only;
};

static const struct test *const tables[] = {
	system_tests, session_tests, sync_tests, ack_tests, channel_tests, stream_tests,
	frame_tests, usb_tests, script_tests,
};

static void usage(FILE *f)
{
	fputs("Usage: conformance [OPTION]...\n"
	      "Test a camera on USB: does it follow the channel protocol (Documentation/protocol.rst)?\n"
	      "Output is TAP.\n\n"
	      "  --device VID:PID  use this USB id instead of the known ones\n"
	      "  --list            list the tests that would run\n"
	      "  --only PATTERN    run only tests whose name contains or matches PATTERN\n"
	      "  --verbose         print every packet\n"
	      "  --slow            also run tests that take more than 10 s each\n"
	      "  --script FILE     also upload, run and stop this script; ends the running script\n"
	      "  --gentle          do not run tests that break a running script that does not catch\n"
	      "                    errors of send_event() (events off, DTR off)\n"
	      "  --reset           also test SYS_RESET, at the end\n"
	      "  --boot            also test SYS_BOOT, at the end: the camera enters its bootloader\n"
	      "  --no-skip         count a skipped test as failed\n"
	      "  --timeout SECS    time limit for a response, in seconds (10)\n"
	      "  --self-test       check only this program's packet layer; needs no camera\n", f);
}

static bool parse_id(const char *arg, struct options *o)
{
	unsigned int vid, pid;
	int end = 0;

	if (sscanf(arg, "%4x:%4x%n", &vid, &pid, &end) != 2 || arg[end] || !vid)
		return false;
	o->vid = (uint16_t)vid;
	o->pid = (uint16_t)pid;
	return true;
}

/* Return: -1 to continue, or the exit status */
static int parse_options(int argc, char **argv, struct options *o, struct conf *c)
{
	static const struct option longs[] = {
		{ "device", required_argument, NULL, 'd' }, { "list", no_argument, NULL, 'l' },
		{ "only", required_argument, NULL, 'o' }, { "verbose", no_argument, NULL, 'v' },
		{ "slow", no_argument, NULL, 's' }, { "script", required_argument, NULL, 'x' },
		{ "gentle", no_argument, NULL, 'g' }, { "reset", no_argument, NULL, 'r' },
		{ "boot", no_argument, NULL, 'b' }, { "no-skip", no_argument, NULL, 'n' },
		{ "timeout", required_argument, NULL, 't' },
		{ "self-test", no_argument, NULL, 'S' }, { "help", no_argument, NULL, 'h' }, { 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		switch (opt) {
		case 'd':
			if (!parse_id(optarg, o)) {
				fprintf(stderr, "conformance: '%s' is not VID:PID in hex, such as "
					"37c5:124a\n", optarg);
				return 2;
			}
			break;
		case 'l': o->list = true; break;
		case 'o': o->only = optarg; break;
		case 'v': c->verbose = true; break;
		case 's': o->enabled |= T_SLOW; break;
		case 'x': o->enabled |= T_SCRIPT; c->script = optarg; break;
		case 'g': o->gentle = true; break;
		case 'r': o->enabled |= T_RESET; break;
		case 'b': o->enabled |= T_BOOT; break;
		case 'n': o->no_skip = true; break;
		case 't':
			c->timeout_ms = 1000 * atoi(optarg);
			if (c->timeout_ms < 1000 || c->timeout_ms > 600000) {
				fprintf(stderr, "conformance: --timeout takes 1 to 600 seconds\n");
				return 2;
			}
			break;
		case 'S': return self_test();
		case 'h': usage(stdout); return 0;
		default: usage(stderr); return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "conformance: unexpected argument '%s'\n", argv[optind]);
		return 2;
	}
	return -1;
}

static bool selected(const struct test *t, const struct options *o)
{
	const unsigned int opt_in = T_SLOW | T_SCRIPT | T_RESET | T_BOOT;

	if ((t->flags & opt_in) & ~o->enabled || (o->gentle && t->flags & T_RUDE))
		return false;
	return !o->only || strstr(t->name, o->only) || !fnmatch(o->only, t->name, 0);
}

/* Set a known state: counters agree, parser empty, ack off unless the test needs it. */
static void prepare(struct conf *c, const struct test *t, bool dirty)
{
	c->section = "11.1";
	if (dirty) {
		check(c, !usb_in_start(c->usb), "bulk IN does not start");
		check(c, !usb_activate(c->usb, CDC_ACTIVE_BAUD, true), "activation refused");
	}
	c->section = "6.4";
	conf_sync(c);
	c->section = "3.3";
	if (!(t->flags & T_ACK))
		set_caps(c, CAP_NO_ACK, c->board_maxp);
	events_clear(c);
	c->rx.junk = 0;
	c->junk_ok = false;
	conf_log_clear();
	c->section = t->section;
}

/* Check what must hold after every test that passed. */
static void after(struct conf *c, const struct test *t)
{
	c->section = t->section;
	c->hold_acks = false;
	if (c->end_ok)
		return;
	ping(c);
	check(c, !c->rx.junk || c->junk_ok, "%lu bytes between the packets belong to none",
	      c->rx.junk);
}

/* Return: 0 passed, 1 failed, 2 skipped. */
static int run_test(struct conf *c, const struct test *t, bool dirty)
{
	int ret;

	c->section = t->section;
	conf_log_clear();
	ret = setjmp(c->jmp);
	if (ret)
		return ret;
	prepare(c, t, dirty);
	t->run(c);
	after(c, t);
	return 0;
}

static int introduce(struct conf *c)
{
	const struct usb_info *info = usb_info(c->usb);
	const uint8_t *v;

	if (setjmp(c->jmp))
		return -1;
	c->section = "11.1";
	check(c, !usb_activate(c->usb, CDC_ACTIVE_BAUD, true), "activation refused");
	c->section = "12.1";
	conf_sync(c);
	set_caps(c, CAP_NO_ACK, c->board_maxp);
	v = req_data(c, OP_VERSION, 0, NULL, 0, 16)->data;
	memcpy(c->version, v, 3);
	conf_note("%s %04x:%04x, %s speed, protocol %u.%u.%u, firmware %u.%u.%u, max_payload %u",
		  info->board.name, info->board.vid, info->board.pid,
		  info->high_speed ? "high" : "full", v[0], v[1], v[2], v[6], v[7], v[8],
		  c->board_maxp);
	c->section = "12.2";
	read_list(c);
	for (unsigned int i = 0; i < c->n_channels; i++)
		conf_note("channel %u flags %02X %.14s", c->list[i].id, c->list[i].flags,
			  c->list[i].name);
	return 0;
}

/* Print the error counters of the device, which show timeouts on its side (T-36). */
static void farewell(struct conf *c)
{
	uint32_t s[8];

	if (usb_disconnected(c->usb) || setjmp(c->jmp))
		return;
	conf_sync(c);
	get_stats(c, s);
	conf_note("camera: %u packets sent, %u received, errors: %u checksum, %u sequence, "
		  "%u transport; %u retransmitted, %u events", s[0], s[1], s[2], s[3], s[5], s[4],
		  s[6]);
	usb_activate(c->usb, CDC_ACTIVE_BAUD, false);
}

static int run_all(struct conf *c, const struct test *const *tests, unsigned int n,
		   const struct options *o)
{
	static const char *const word[] = { "", "not ", "" };
	unsigned int count[3] = { 0 };
	bool dirty = false;

	for (unsigned int i = 0; i < n; i++) {
		const struct test *t = tests[i];
		double start = now_ms();
		int ret = run_test(c, t, dirty);

		printf("%sok %u - %s%s%s\n", word[ret], i + 1, t->name, ret == 2 ? " # SKIP " : "",
		       ret == 2 ? c->why : "");
		if (ret == 1) {
			conf_note("protocol.md %s: %s", c->section, c->why);
			conf_log_print();
		}
		if (now_ms() - start > 5000)
			conf_note("took %.1f s", (now_ms() - start) / 1e3);
		fflush(stdout);
		count[ret]++;
		dirty = ret != 0;
		if (usb_disconnected(c->usb) && i + 1 < n && !c->end_ok) {
			printf("Bail out! the camera left the bus\n");
			count[1] += n - i - 1;
			break;
		}
	}
	farewell(c);
	printf("%u passed, %u failed, %u skipped\n", count[0], count[1], count[2]);
	return count[1] || (o->no_skip && count[2]) ? 1 : 0;
}

int main(int argc, char **argv)
{
	static struct conf conf = { .timeout_ms = 10000 };
	const struct test *tests[MAX_TESTS];
	struct options o = { 0 };
	struct conf *c = &conf;
	unsigned int n = 0;
	int ret = parse_options(argc, argv, &o, c);

	if (ret >= 0)
		return ret;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct test *t = tables[i]; t->name; t++)
			if (selected(t, &o) && n < MAX_TESTS)
				tests[n++] = t;
	if (o.list) {
		for (unsigned int i = 0; i < n; i++)
			printf("%-36s %s\n", tests[i]->name, tests[i]->section);
		return 0;
	}
	if (!n) {
		fprintf(stderr, "conformance: no test matches '%s'; see --list\n", o.only);
		return 2;
	}
	printf("1..%u\n", n);
	parser_init(&c->rx);
	c->usb = usb_open(o.vid, o.pid, APPEAR_MS, c->why, sizeof(c->why));
	if (!c->usb || introduce(c)) {
		printf("Bail out! %s\n", c->why);
		conf_log_print();
		printf("0 passed, %u failed, 0 skipped\n", n);
		return 1;
	}
	ret = run_all(c, tests, n, &o);
	usb_close(c->usb);
	return ret;
}
