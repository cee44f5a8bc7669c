// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "omv_card.h"

/* Product strings of the stock firmware contain this or are this. */
#define CARD_STOCK_PART		"Virtual Comm Port"
#define CARD_STOCK		"OpenMV Camera"

static bool card_is_control(char c)
{
	return (u8)c < 0x20 || c == 0x7f;
}

/* Return: how many of @len bytes to keep, to cut no word and no character */
static size_t card_fit(const char *text, size_t len)
{
	size_t end = len;

	while (end && text[end] != ' ')
		end--;
	if (end)
		return end;
	/* One long word: do not cut a UTF-8 character. */
	while (len && ((u8)text[len] & 0xc0) == 0x80)
		len--;
	return len;
}

/* Copy @len bytes, or fewer, so that there are at most @max without the NUL. */
static void card_copy(char *card, size_t max, const char *text, size_t len)
{
	size_t i;

	while (len && *text == ' ') {
		text++;
		len--;
	}
	if (len > max)
		len = card_fit(text, max);
	while (len && text[len - 1] == ' ')
		len--;
	for (i = 0; i < len; i++)
		card[i] = card_is_control(text[i]) ? '?' : text[i];
	card[len] = 0;
}

/**
 * omv_card_truncate() - copy a name, and truncate it between two words
 * @card: set to the name: OMV_CARD_SIZE bytes, with NUL
 * @text: UTF-8 text; may be that of the device
 *
 * Drops blanks at both ends. Replaces control characters, because the name
 * becomes a part of lines of the kernel log and of properties of udev.
 */
void omv_card_truncate(char *card, const char *text)
{
	card_copy(card, OMV_CARD_SIZE - 1, text, strlen(text));
}

/**
 * omv_card_name() - get the name of a camera
 * @card: set to the name: OMV_CARD_SIZE bytes, with NUL
 * @board: name of the board that has the USB id, or NULL
 * @product: USB product string, or NULL
 *
 * The product string of stock firmware says less than @board. Any other one has
 * priority: it was chosen for this camera.
 */
void omv_card_name(char *card, const char *board, const char *product)
{
	const char *text = product ? product : "";
	const char *stock = strstr(text, CARD_STOCK_PART);

	card[0] = 0;
	if (!board || !(stock || !strcmp(text, CARD_STOCK)))
		card_copy(card, OMV_CARD_SIZE - 1, text,
			  stock ? (size_t)(stock - text) : strlen(text));
	if (!card[0])
		omv_card_truncate(card, board ? board : OMV_CARD_DEFAULT);
}

/**
 * omv_card_channel() - get the name of a further video node of a camera
 * @card: set to the name: OMV_CARD_SIZE bytes, with NUL
 * @camera: name from omv_card_name()
 * @channel: name of the channel, less than OMV_NAME_SIZE bytes
 *
 * If both do not fit, the name of the camera is truncated.
 */
void omv_card_channel(char *card, const char *camera, const char *channel)
{
	size_t len = strlen(channel), end;

	card_copy(card, OMV_CARD_SIZE - 2 - len, camera, strlen(camera));
	end = strlen(card);
	card[end] = ' ';
	card_copy(card + end + 1, len, channel, len);
}
