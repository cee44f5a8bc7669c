// SPDX-License-Identifier: GPL-2.0-only
/*
 * The name of a camera.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../driver/core/omv_card.h"

static void assert_name(const char *board, const char *product, const char *expected)
{
	char card[OMV_CARD_SIZE + 1];

	memset(card, 'x', sizeof(card));
	omv_card_name(card, board, product);
	assert_string_equal(card, expected);
	assert_int_equal(card[OMV_CARD_SIZE], 'x');
}

static void assert_truncated(const char *text, const char *expected)
{
	char card[OMV_CARD_SIZE + 1];

	memset(card, 'x', sizeof(card));
	omv_card_truncate(card, text);
	assert_string_equal(card, expected);
	assert_int_equal(card[OMV_CARD_SIZE], 'x');
}

static void stock_firmware(void **state)
{
	assert_name("OpenMV Cam H7 Plus", "OpenMV Virtual Comm Port in FS Mode", "OpenMV Cam H7 Plus");
	assert_name("OpenMV Cam RT1062", "OpenMV Camera", "OpenMV Cam RT1062");
	assert_name("Arduino Nicla Vision", "Nicla Vision Virtual Comm Port in HS Mode",
		    "Arduino Nicla Vision");
	assert_name("OpenMV AE3", NULL, "OpenMV AE3");
	assert_name("OpenMV AE3", "", "OpenMV AE3");
	assert_name("OpenMV AE3", "  ", "OpenMV AE3");
}

static void own_name(void **state)
{
	assert_name("OpenMV Cam H7", "Bee counter", "Bee counter");
	assert_name(NULL, "Bee counter", "Bee counter");
	assert_name("OpenMV Cam H7", "OpenMV Camera 2", "OpenMV Camera 2");
}

static void unknown_board(void **state)
{
	assert_name(NULL, "OpenMV Virtual Comm Port in FS Mode", "OpenMV");
	assert_name(NULL, "Some Board Virtual Comm Port in HS Mode", "Some Board");
	assert_name(NULL, "OpenMV Camera", "OpenMV Camera");
	assert_name(NULL, "Virtual Comm Port in FS Mode", "OpenMV camera");
	assert_name(NULL, NULL, "OpenMV camera");
	assert_name(NULL, "", "OpenMV camera");
	/* The name does not fit, with and without the rest. */
	assert_name(NULL, "A board with a name that is rather long Virtual Comm Port in FS Mode",
		    "A board with a name that is");
}

static void truncated(void **state)
{
	/* 31 bytes, 32 bytes; a blank as byte 31 and 32. */
	assert_truncated("1234567890 1234567890 123456789", "1234567890 1234567890 123456789");
	assert_truncated("1234567890 1234567890 1234567890", "1234567890 1234567890");
	assert_truncated("1234567890 1234567890 12345678 0", "1234567890 1234567890 12345678");
	assert_truncated("1234567890 1234567890 123456789 1", "1234567890 1234567890 123456789");
	assert_truncated("1234567890 1234567890           1", "1234567890 1234567890");
	assert_truncated("1234567890123456789012345678901", "1234567890123456789012345678901");
	assert_truncated("12345678901234567890123456789012", "1234567890123456789012345678901");
	assert_truncated(" a ", "a");
	assert_truncated("   ", "");
	assert_truncated("                                        a", "a");
	assert_truncated("", "");
}

/* Characters of two, three and four bytes at each place. */
static void utf8(void **state)
{
	assert_truncated("12345678901234567890123456789\u00e9", "12345678901234567890123456789\u00e9");
	assert_truncated("123456789012345678901234567890\u00e9", "123456789012345678901234567890");
	assert_truncated("1234567890123456789012345678\u20ac", "1234567890123456789012345678\u20ac");
	assert_truncated("12345678901234567890123456789\u20ac", "12345678901234567890123456789");
	assert_truncated("123456789012345678901234567890\u20ac", "123456789012345678901234567890");
	assert_truncated("1234567890123456789012345678\U0001f41d", "1234567890123456789012345678");
	assert_truncated("Kamera f\u00fcr Bl\u00e4tter und B\u00e4umen", "Kamera f\u00fcr Bl\u00e4tter und");
	/* Not UTF-8: nothing but continuation bytes. */
	assert_truncated("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"
			 "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", "");
}

static void control_characters(void **state)
{
	assert_truncated("a\nID_X=1\r\x7f\x1b[0m", "a?ID_X=1???[0m");
	assert_name(NULL, "\n", "?");
}

static void assert_channel(const char *camera, const char *channel, const char *expected)
{
	char card[OMV_CARD_SIZE];

	memset(card, 'x', sizeof(card));
	omv_card_channel(card, camera, channel);
	assert_string_equal(card, expected);
}

/* The name of the channel is never truncated. */
static void channels(void **state)
{
	assert_channel("OpenMV Cam H7 Plus", "lepton", "OpenMV Cam H7 Plus lepton");
	assert_channel("OpenMV Cam H7 Plus", "thermal_cam12", "OpenMV Cam H7 thermal_cam12");
	assert_channel("12345678901234567890123456789", "x", "12345678901234567890123456789 x");
	assert_channel("123456789012345678901234567890", "x", "12345678901234567890123456789 x");
	assert_channel("1234567890123456789012345678901", "_", "12345678901234567890123456789 _");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stock_firmware),
		cmocka_unit_test(own_name),
		cmocka_unit_test(unknown_board),
		cmocka_unit_test(truncated),
		cmocka_unit_test(channels),
		cmocka_unit_test(utf8),
		cmocka_unit_test(control_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
