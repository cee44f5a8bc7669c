// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line of omvcam: a wrong one must result in a message with the reason and in exit
 * status 2. The program is the one in the parent directory of this test.
 */
#include <libgen.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char program[4096];

/* Run omvcam with these arguments. Return: exit status; its output is in @output */
static int run(const char *args, char *output, size_t size)
{
	char command[8192];
	size_t len = 0, n;
	FILE *f;
	int status;

	snprintf(command, sizeof(command), "%s %s 2>&1 </dev/null", program, args);
	f = popen(command, "r");
	assert_non_null(f);
	while (len < size - 1 && (n = fread(output + len, 1, size - 1 - len, f)))
		len += n;
	output[len] = 0;
	status = pclose(f);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_wrong(void **state)
{
	static const struct {
		const char *args;
		const char *says;
	} wrong[] = {
		{ "", "no picture source" },
		{ "pattern pattern", "more than one picture source" },
		{ "patern", "photo:FILE, pattern or dir:DIR" },
		{ "photo:/does/not/exist.jpg", "/does/not/exist.jpg: No such file or directory" },
		{ "photo:/", "/: not a regular file" },
		{ "photo:/etc/passwd", "/etc/passwd: not a JPEG" },
		{ "dir:/does/not/exist", "/does/not/exist: No such file or directory" },
		{ "dir:/etc/apt", "no file named *.jpg" },
		{ "--size 15x15 pattern", "invalid size 15x15: must be from 16x16 to 2592x1944" },
		{ "--size 99999x99999 pattern", "invalid size 99999x99999" },
		{ "--size 640 pattern", "expected WxH, e.g. 640x480" },
		{ "--size 640x480x3 pattern", "expected WxH, e.g. 640x480" },
		{ "--size -640x480 pattern", "invalid size" },
		{ "--fps 1001 pattern", "--fps 1001: must be a number from 0 to 1000" },
		{ "--fps -1 pattern", "a number from 0 to 1000" },
		{ "--fps 10x pattern", "a number from 0 to 1000" },
		{ "--quality 0 pattern", "a number from 1 to 100" },
		{ "--quality 101 pattern", "a number from 1 to 100" },
		{ "--quality 99999999999999999999 pattern", "a number from 1 to 100" },
		{ "--board OPENMV1 pattern", "--board OPENMV1: must be one of OPENMV2, OPENMV3" },
		{ "--config xml pattern", "--config xml: must be one of number, json, none" },
		{ "--config-refuse no pattern", "must be one of ack, nak, nak-applied" },
		{ "--config-json '{\"a\":' pattern", "unexpected end of data" },
		{ "--config-json '{\"a\": 1} x' pattern", "unexpected character" },
		{ "--config-json 'null' pattern", "not an object" },
		{ "--config-json '[1]' pattern", "not an object" },
		{ "--config-json '{\"quality\": 101}' pattern", "a number from 1 to 100" },
		{ "--config-json {} --config number pattern", "keys are possible only with" },
		{ "--config-clamp quality pattern", "--config-clamp quality: expected KEY=MIN:MAX" },
		{ "--config-clamp quality=2:1 pattern", "expected KEY=MIN:MAX" },
		{ "--config-clamp quality=1:2x pattern", "expected KEY=MIN:MAX" },
		{ "--config-clamp gain=1:2 pattern", "--config-clamp gain: no such key in the config" },
		{ "--config-fixed gain pattern", "--config-fixed gain: no such key in the config" },
		{ "--config-fixed '' pattern", "expected KEY, e.g. gain" },
		{ "--script /dev/null --no-script pattern", "--no-script has no effect on a script" },
		{ "--frame-bytes 9 --script /dev/null pattern", "--frame-bytes has no effect on a" },
		{ "--script /dev/null --cache 2 pattern", "--cache has no effect on a script" },
		{ "--script /dev/null --fps 5 --quality 5 pattern", "--quality has no effect on a" },
		{ "--telemetry-ms x pattern", "a number from 0 to 3600000" },
		{ "--widgets-name 0123456789abcd pattern", "a name has 1 to 13 bytes" },
		{ "--widgets-name '' pattern", "a name has 1 to 13 bytes" },
		{ "--channel '' pattern", "a name has 1 to 13 bytes" },
		{ "--channel :r pattern", "a name has 1 to 13 bytes" },
		{ "--channel 0123456789abcd pattern", "a name has 1 to 13 bytes" },
		{ "--channel a%00 pattern", "none of them 0" },
		{ "--channel a%4 pattern", "a name has 1 to 13 bytes" },
		{ "--channel a%-4 pattern", "a name has 1 to 13 bytes" },
		{ "--channel a:rx pattern", "--channel a:rx: flags are r (read), w" },
		{ "--channel a:r: pattern", "from 0 to 262144 bytes" },
		{ "--channel a:r:262145 pattern", "from 0 to 262144 bytes" },
		{ "$(yes -- --channel=x | head -n 27) pattern", "33 channels including usb, stdin" },
		{ "--no-frame $(yes -- --channel=x | head -n 29) pattern", "at most 28 are possible" },
		{ "--flush often pattern", "must be one of burst, packet" },
		{ "--bad naughty pattern", "unknown kind \"naughty\"; must be one of" },
		{ "--bad size-change:1x1 pattern", "invalid size 1x1" },
		{ "--bad-descriptor odd pattern", "must be one of shortcfg, badlen" },
		{ "--serial '' pattern", "--serial" },
		{ "--serial 'a b' pattern", "letters and digits" },
		{ "--cache 3 pattern", "--cache is possible only with photo" },
		{ "--tty /dev/ttyGS0 --bus-rate 1000 pattern", "cannot be combined with" },
		{ "--frobnicate pattern", "unrecognized option '--frobnicate'" },
		{ "--size", "requires an argument" },
	};
	char output[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int status = run(wrong[i].args, output, sizeof(output));

		if (status != 2 || !strstr(output, "omvcam: "))
			fail_msg("omvcam %s: status %d: %s", wrong[i].args, status, output);
		if (!strstr(output, wrong[i].says))
			fail_msg("omvcam %s: \"%s\" does not say \"%s\"", wrong[i].args, output,
				 wrong[i].says);
	}
}

static void test_help(void **state)
{
	char output[8192];

	(void)state;
	assert_int_equal(run("--help", output, sizeof(output)), 0);
	assert_non_null(strstr(output, "Usage: omvcam"));
	assert_int_equal(run("--list-boards", output, sizeof(output)), 0);
	assert_non_null(strstr(output, "OPENMV_N6             37c5:1206  high  8192 bytes"));
}

/* Without vhci_hcd, omvcam must fail with a hint. */
static void test_no_host(void **state)
{
	char output[4096];

	(void)state;
	if (!access("/sys/devices/platform/vhci_hcd.0", F_OK))
		skip();
	assert_int_equal(run("pattern", output, sizeof(output)), 1);
	assert_non_null(strstr(output, "modprobe vhci-hcd"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_no_host),
	};
	char self[4000] = "";

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	snprintf(program, sizeof(program), "%s/../omvcam", dirname(self));
	return cmocka_run_group_tests_name("omvcam", tests, NULL, NULL);
}
