// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "usb_msc.h"

#include <endian.h>

#define REQUEST_RESET		0xff
#define REQUEST_MAX_LUN		0xfe

#define CBW_SIZE		31
#define CBW_SIGNATURE		0x43425355
#define CSW_SIGNATURE		0x53425355

#define SENSE_NONE		0
#define SENSE_NOT_READY		2
#define SENSE_ILLEGAL		5
#define ASC_BAD_OPCODE		0x20
#define ASC_BAD_FIELD		0x24
#define ASC_NO_MEDIUM		0x3a

enum {
	TEST_UNIT_READY = 0x00,
	REQUEST_SENSE = 0x03,
	INQUIRY = 0x12,
	MODE_SENSE_6 = 0x1a,
	START_STOP = 0x1b,
	PREVENT_REMOVAL = 0x1e,
	READ_FORMAT_CAPACITIES = 0x23,
	READ_CAPACITY_10 = 0x25,
	READ_10 = 0x28,
	WRITE_10 = 0x2a,
	SYNCHRONIZE_CACHE = 0x35,
	MODE_SENSE_10 = 0x5a,
};

void usb_msc_init(struct usb_msc *msc, struct usbip *u, u8 ep)
{
	*msc = (struct usb_msc){ .u = u, .ep = ep };
}

int usb_msc_control(struct usb_msc *msc, const struct usbip_setup *setup, u8 *data)
{
	if (setup->type == 0xa1 && setup->request == REQUEST_MAX_LUN && setup->length) {
		data[0] = 0;
		return 1;
	}
	if (setup->type == 0x21 && setup->request == REQUEST_RESET) {
		usb_msc_init(msc, msc->u, msc->ep);
		return 0;
	}
	return -EPIPE;
}

static bool fail(struct usb_msc *msc, u8 key, u8 asc)
{
	msc->sense_key = key;
	msc->sense_asc = asc;
	return false;
}

static bool inquiry(struct usb_msc *msc, const u8 *cdb)
{
	static const u8 answer[] = "\x00\x80\x02\x02\x1f\x00\x00\x00" "OpenMV  " "Camera          " "1.00";

	if (cdb[1] & 1)
		return fail(msc, SENSE_ILLEGAL, ASC_BAD_FIELD);
	memcpy(msc->data, answer, 36);
	msc->data_len = 36;
	return true;
}

static bool request_sense(struct usb_msc *msc)
{
	memset(msc->data, 0, 18);
	msc->data[0] = 0x70;
	msc->data[2] = msc->sense_key;
	msc->data[7] = 10;
	msc->data[12] = msc->sense_asc;
	msc->data_len = 18;
	msc->sense_key = SENSE_NONE;
	msc->sense_asc = 0;
	return true;
}

static bool mode_sense(struct usb_msc *msc, u32 len)
{
	memset(msc->data, 0, len);
	msc->data[len == 4 ? 0 : 1] = len == 4 ? 3 : 6;
	msc->data_len = len;
	return true;
}

/* Execute a SCSI command. Return: true if it passed; its data stage is in @msc->data */
static bool command(struct usb_msc *msc, const u8 *cdb)
{
	switch (cdb[0]) {
	case INQUIRY:
		return inquiry(msc, cdb);
	case REQUEST_SENSE:
		return request_sense(msc);
	case MODE_SENSE_6:
		return mode_sense(msc, 4);
	case MODE_SENSE_10:
		return mode_sense(msc, 8);
	case START_STOP:
	case PREVENT_REMOVAL:
		return true;
	case TEST_UNIT_READY:
	case READ_FORMAT_CAPACITIES:
	case READ_CAPACITY_10:
	case READ_10:
	case WRITE_10:
	case SYNCHRONIZE_CACHE:
		return fail(msc, SENSE_NOT_READY, ASC_NO_MEDIUM);
	}
	return fail(msc, SENSE_ILLEGAL, ASC_BAD_OPCODE);
}

static u32 le32_at(const u8 *p)
{
	u32 v;

	memcpy(&v, p, 4);
	return le32toh(v);
}

static void put_le32(u8 *p, u32 v)
{
	v = htole32(v);
	memcpy(p, &v, 4);
}

static void wrapper(struct usb_msc *msc, const u8 *cbw, u32 len)
{
	u32 expected;
	bool in, good;

	if (len != CBW_SIZE || le32_at(cbw) != CBW_SIGNATURE || cbw[13] || cbw[14] < 1 ||
	    cbw[14] > 16) {
		msc->broken = true;
		return;
	}
	expected = le32_at(cbw + 8);
	in = cbw[12] & 0x80;
	msc->data_len = 0;
	good = command(msc, cbw + 15);
	if (msc->data_len > (in ? expected : 0))
		msc->data_len = in ? expected : 0;
	msc->data_due = in && expected;
	msc->discard = in ? 0 : expected;
	put_le32(msc->csw, CSW_SIGNATURE);
	memcpy(msc->csw + 4, cbw + 4, 4);
	put_le32(msc->csw + 8, expected - msc->data_len);
	msc->csw[12] = !good;
	msc->csw_due = true;
}

static void answer(struct usb_msc *msc, struct usbip_urb *urb, const u8 *data, u32 len)
{
	bool babble = len > urb->len;

	urb->actual = babble ? urb->len : len;
	memcpy(urb->data, data, urb->actual);
	usbip_complete(msc->u, msc->ep, true, babble ? -EOVERFLOW : 0);
}

static bool run_in(struct usb_msc *msc)
{
	struct usbip_urb *urb = usbip_first(msc->u, msc->ep, true);

	if (!urb)
		return false;
	if (msc->broken) {
		usbip_complete(msc->u, msc->ep, true, -EPIPE);
	} else if (msc->data_due) {
		msc->data_due = false;
		answer(msc, urb, msc->data, msc->data_len);
	} else if (msc->csw_due && !msc->discard) {
		msc->csw_due = false;
		answer(msc, urb, msc->csw, sizeof(msc->csw));
	} else {
		return false;
	}
	return true;
}

static bool run_out(struct usb_msc *msc)
{
	struct usbip_urb *urb = usbip_first(msc->u, msc->ep, false);

	if (!urb)
		return false;
	if (msc->broken) {
		usbip_complete(msc->u, msc->ep, false, -EPIPE);
		return true;
	}
	if (msc->discard)
		msc->discard -= urb->len < msc->discard ? urb->len : msc->discard;
	else if (!msc->csw_due)
		wrapper(msc, urb->data, urb->len);
	else
		return false;
	urb->actual = urb->len;
	usbip_complete(msc->u, msc->ep, false, 0);
	return true;
}

void usb_msc_run(struct usb_msc *msc)
{
	while (run_in(msc) || run_out(msc))
		;
}
