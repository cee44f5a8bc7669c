// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Makes valid descriptors malformed.
 */
#include "usb_desc.h"

static const char *const names[USB_BAD_COUNT] = {
	[USB_BAD_SHORTCFG] = "shortcfg",
	[USB_BAD_BADLEN] = "badlen",
	[USB_BAD_NOOUT] = "noout",
	[USB_BAD_NOINT] = "noint",
	[USB_BAD_DUPEP] = "dupep",
	[USB_BAD_BADEP] = "badep",
	[USB_BAD_NOUNION] = "nounion",
	[USB_BAD_ONLYCOMM] = "onlycomm",
};

const char *usb_bad_name(enum usb_bad bad)
{
	return bad < USB_BAD_COUNT ? names[bad] : NULL;
}

/* Return: offset of the first descriptor at or after @at that matches, or @len */
static int find(const u8 *buf, int len, int at, u8 type, u8 pos, u8 value)
{
	while (at < len && (buf[at + 1] != type || buf[at + pos] != value))
		at += buf[at];
	return at;
}

static int cut(u8 *buf, int len, int from, int to)
{
	memmove(buf + from, buf + to, len - to);
	len -= to - from;
	buf[2] = len;
	return len;
}

/* Remove an endpoint from its interface. */
static int cut_endpoint(u8 *buf, int len, u8 interface, u8 address)
{
	int at = find(buf, len, 0, USB_DT_ENDPOINT, 2, address);

	buf[find(buf, len, 0, USB_DT_INTERFACE, 2, interface) + 4]--;
	return cut(buf, len, at, at + buf[at]);
}

static int cut_interface(u8 *buf, int len, u8 interface)
{
	int from = find(buf, len, 0, USB_DT_INTERFACE, 2, interface);
	int to = from + buf[from];

	while (to < len && buf[to + 1] == USB_DT_ENDPOINT)
		to += buf[to];
	buf[4]--;
	return cut(buf, len, from, to);
}

int usb_spoil(const struct port_identity *id, enum usb_bad bad, u8 *buf, int len)
{
	const struct usb_layout *l = usb_layout(id);
	int in = find(buf, len, 0, USB_DT_ENDPOINT, 2, 0x80 | l->cdc_ep);
	int out = find(buf, len, 0, USB_DT_ENDPOINT, 2, l->cdc_ep);
	int at;

	switch (bad) {
	case USB_BAD_SHORTCFG:
		buf[2] += 27;
		break;
	case USB_BAD_BADLEN:
		buf[find(buf, len, 0, USB_DT_CS_INTERFACE, 2, 0)] = 0;
		break;
	case USB_BAD_NOOUT:
		return cut_endpoint(buf, len, l->data_if, l->cdc_ep);
	case USB_BAD_NOINT:
		return cut_endpoint(buf, len, l->comm_if, 0x80 | l->notify_ep);
	case USB_BAD_DUPEP:
		buf[out + 2] = buf[in + 2];
		break;
	case USB_BAD_BADEP:
		memset(buf + in + 4, 0, 2);
		memset(buf + out + 4, 0, 2);
		break;
	case USB_BAD_NOUNION:
		at = find(buf, len, 0, USB_DT_CS_INTERFACE, 2, USB_CDC_UNION);
		return cut(buf, len, at, at + buf[at]);
	case USB_BAD_ONLYCOMM:
		return cut_interface(buf, len, l->data_if);
	case USB_BAD_NONE:
	case USB_BAD_COUNT:
		break;
	}
	return len;
}
