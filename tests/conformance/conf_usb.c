// SPDX-License-Identifier: GPL-2.0-only
#include <libusb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conf_usb.h"

#define IN_URBS		4
#define IN_SIZE		16384
#define CTRL_MS		10000

#define SET_LINE_CODING		0x20
#define SET_CONTROL_LINE_STATE	0x22

static const struct board boards[] = {
	{ 0x37C5, 0x1202, 512, 1, "OPENMV2" },
	{ 0x37C5, 0x1203, 512, 1, "OPENMV3" },
	{ 0x37C5, 0x1204, 512, 1, "OPENMV4" },
	{ 0x37C5, 0x124A, 4096, 1, "OPENMV4P" },
	{ 0x37C5, 0x1205, 4096, 1, "OPENMVPT" },
	{ 0x37C5, 0x1060, 4096, 0, "OPENMV_RT1060" },
	{ 0x37C5, 0x1206, 8192, 0, "OPENMV_N6" },
	{ 0x37C5, 0x16E3, 8192, 0, "OPENMV_AE3" },
	{ 0x2341, 0x045B, 4096, 1, "ARDUINO_PORTENTA_H7" },
	{ 0x2341, 0x045F, 4096, 1, "ARDUINO_NICLA_VISION" },
	{ 0x2341, 0x0466, 4096, 1, "ARDUINO_GIGA" },
};

struct in_urb {
	struct usb *u;
	struct libusb_transfer *t;
	bool busy;
	uint8_t buf[IN_SIZE];
};

struct usb {
	libusb_context *ctx;
	libusb_device_handle *h;
	struct usb_info info;
	struct in_urb in[IN_URBS];
	bool reading, disconnected;
	int in_error;
	uint8_t fifo[1 << 20];
	size_t head, tail;
};

double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void pump(struct usb *u, double ms)
{
	struct timeval tv = { 0, 0 };

	if (ms > 0) {
		tv.tv_sec = (time_t)(ms / 1000);
		tv.tv_usec = (suseconds_t)((ms - 1e3 * (double)tv.tv_sec) * 1e3);
	}
	libusb_handle_events_timeout_completed(u->ctx, &tv, NULL);
}

static void in_submit(struct in_urb *in)
{
	int err = libusb_submit_transfer(in->t);

	in->busy = !err;
	if (err == LIBUSB_ERROR_NO_DEVICE)
		in->u->disconnected = true;
	else if (err)
		in->u->in_error = err;
}

static void in_done(struct libusb_transfer *t)
{
	struct in_urb *in = t->user_data;
	struct usb *u = in->u;
	size_t n = (size_t)t->actual_length;

	in->busy = false;
	if (u->head == u->tail)
		u->head = u->tail = 0;
	if (n > sizeof(u->fifo) - u->tail) {
		memmove(u->fifo, u->fifo + u->head, u->tail - u->head);
		u->tail -= u->head;
		u->head = 0;
	}
	if (n > sizeof(u->fifo) - u->tail) {
		u->in_error = LIBUSB_ERROR_OVERFLOW;
		return;
	}
	memcpy(u->fifo + u->tail, in->buf, n);
	u->tail += n;

	if (t->status == LIBUSB_TRANSFER_NO_DEVICE)
		u->disconnected = true;
	else if (t->status == LIBUSB_TRANSFER_STALL)
		u->in_error = LIBUSB_ERROR_PIPE;
	else if (t->status != LIBUSB_TRANSFER_COMPLETED && t->status != LIBUSB_TRANSFER_CANCELLED)
		u->in_error = LIBUSB_ERROR_IO;
	else if (u->reading)
		in_submit(in);
}

int usb_in_start(struct usb *u)
{
	if (u->in_error)
		libusb_clear_halt(u->h, u->info.ep_in);
	u->in_error = 0;
	u->reading = true;
	for (int i = 0; i < IN_URBS; i++)
		if (!u->in[i].busy)
			in_submit(&u->in[i]);
	return u->in_error;
}

void usb_in_stop(struct usb *u)
{
	bool busy;

	u->reading = false;
	/* Cancel the newest first: otherwise data could be received out of order. */
	for (int i = IN_URBS - 1; i >= 0; i--)
		if (u->in[i].busy)
			libusb_cancel_transfer(u->in[i].t);
	do {
		busy = false;
		for (int i = 0; i < IN_URBS; i++)
			busy |= u->in[i].busy;
		if (busy)
			pump(u, 100);
	} while (busy);
}

int usb_read(struct usb *u, uint8_t *buf, size_t size, int timeout_ms)
{
	double end = now_ms() + timeout_ms;
	size_t n;

	pump(u, 0);
	while (u->head == u->tail) {
		double left = end - now_ms();

		if (u->disconnected)
			return LIBUSB_ERROR_NO_DEVICE;
		if (u->in_error)
			return u->in_error;
		if (left <= 0)
			return 0;
		pump(u, left);
	}
	n = u->tail - u->head < size ? u->tail - u->head : size;
	memcpy(buf, u->fifo + u->head, n);
	u->head += n;
	return (int)n;
}

static void out_done(struct libusb_transfer *t)
{
	*(int *)t->user_data = 1;
}

int usb_write(struct usb *u, const uint8_t *buf, size_t n, int timeout_ms)
{
	struct libusb_transfer *t = libusb_alloc_transfer(0);
	double end = now_ms() + timeout_ms;
	bool cancelled = false;
	int done = 0, ret;

	if (!t)
		return LIBUSB_ERROR_NO_MEM;
	libusb_fill_bulk_transfer(t, u->h, u->info.ep_out, (uint8_t *)(uintptr_t)buf, (int)n,
				  out_done, &done, 0);
	t->flags = LIBUSB_TRANSFER_ADD_ZERO_PACKET;
	ret = libusb_submit_transfer(t);
	if (ret) {
		u->disconnected |= ret == LIBUSB_ERROR_NO_DEVICE;
		libusb_free_transfer(t);
		return ret;
	}
	while (!done) {
		pump(u, 100);
		if (!done && !cancelled && now_ms() > end)
			cancelled = !libusb_cancel_transfer(t);
	}
	ret = t->actual_length;
	if (t->status == LIBUSB_TRANSFER_CANCELLED)
		ret = LIBUSB_ERROR_TIMEOUT;
	else if (t->status == LIBUSB_TRANSFER_NO_DEVICE)
		ret = LIBUSB_ERROR_NO_DEVICE;
	else if (t->status == LIBUSB_TRANSFER_STALL)
		ret = LIBUSB_ERROR_PIPE;
	else if (t->status != LIBUSB_TRANSFER_COMPLETED)
		ret = LIBUSB_ERROR_IO;
	u->disconnected |= ret == LIBUSB_ERROR_NO_DEVICE;
	libusb_free_transfer(t);
	return ret;
}

int usb_class_request(struct usb *u, bool in, uint8_t request, uint16_t value,
		      uint8_t *data, uint16_t len)
{
	return libusb_control_transfer(u->h, in ? 0xA1 : 0x21, request, value, u->info.comm,
				       data, len, CTRL_MS);
}

int usb_activate(struct usb *u, uint32_t baud, bool dtr)
{
	uint8_t coding[7] = { (uint8_t)baud, (uint8_t)(baud >> 8), (uint8_t)(baud >> 16),
			      (uint8_t)(baud >> 24), 0, 0, 8 };
	int ret = usb_class_request(u, false, SET_LINE_CODING, 0, coding, sizeof(coding));

	if (ret >= 0)
		ret = usb_class_request(u, false, SET_CONTROL_LINE_STATE, dtr ? 3 : 0, NULL, 0);
	return ret < 0 ? ret : 0;
}

/* Return: data interface of the union descriptor; the caller checks that it exists */
static int union_slave(const struct libusb_interface_descriptor *id)
{
	const uint8_t *p = id->extra;
	int n = id->extra_length;

	for (; n >= 3 && p[0] >= 3 && p[0] <= n; n -= p[0], p += p[0])
		if (p[1] == 0x24 && p[2] == 0x06 && p[0] >= 5)
			return p[4];
	return -1;
}

static bool find_data(const struct libusb_config_descriptor *cd, int want, struct usb_info *info)
{
	for (int i = 0; i < cd->bNumInterfaces; i++) {
		const struct libusb_interface_descriptor *id = cd->interface[i].altsetting;

		if (id->bInterfaceClass != 0x0A || (want >= 0 && id->bInterfaceNumber != want))
			continue;
		info->data = id->bInterfaceNumber;
		for (int e = 0; e < id->bNumEndpoints; e++) {
			const struct libusb_endpoint_descriptor *ep = &id->endpoint[e];

			if ((ep->bmAttributes & 3) != LIBUSB_TRANSFER_TYPE_BULK)
				continue;
			if (ep->bEndpointAddress & 0x80)
				info->ep_in = ep->bEndpointAddress;
			else
				info->ep_out = ep->bEndpointAddress;
			info->ep_size = ep->wMaxPacketSize;
		}
		return info->ep_in && info->ep_out && info->ep_size;
	}
	return false;
}

static bool find_cdc(libusb_device *dev, struct usb_info *info)
{
	struct libusb_config_descriptor *cd;
	bool found = false;

	if (libusb_get_active_config_descriptor(dev, &cd))
		return false;
	for (int i = 0; i < cd->bNumInterfaces; i++) {
		const struct libusb_interface_descriptor *id = cd->interface[i].altsetting;

		if (id->bInterfaceClass == 0x08)
			info->has_msc = true;
		if (found || id->bInterfaceClass != 0x02 || id->bInterfaceSubClass != 0x02)
			continue;
		info->comm = id->bInterfaceNumber;
		for (int e = 0; e < id->bNumEndpoints; e++)
			if ((id->endpoint[e].bmAttributes & 3) == LIBUSB_TRANSFER_TYPE_INTERRUPT)
				info->notify_ep = true;
		found = find_data(cd, union_slave(id), info);
	}
	libusb_free_config_descriptor(cd);
	info->high_speed = libusb_get_device_speed(dev) >= LIBUSB_SPEED_HIGH;
	return found;
}

static bool match(const struct libusb_device_descriptor *dd, uint16_t vid, uint16_t pid,
		  struct board *board)
{
	for (size_t i = 0; i < sizeof(boards) / sizeof(boards[0]); i++) {
		*board = boards[i];
		if (dd->idVendor == board->vid && dd->idProduct == board->pid)
			return !vid || (vid == board->vid && pid == board->pid);
	}
	*board = (struct board){ .vid = vid, .pid = pid, .name = "unknown board" };
	return vid && dd->idVendor == vid && dd->idProduct == pid;
}

static libusb_device *find(struct usb *u, uint16_t vid, uint16_t pid, char *why, size_t size)
{
	libusb_device **list, *dev = NULL;
	ssize_t n = libusb_get_device_list(u->ctx, &list);

	snprintf(why, size, "no camera found%s", vid ? " with this VID:PID" : "; --device VID:PID?");
	for (ssize_t i = 0; i < n && !dev; i++) {
		struct libusb_device_descriptor dd;

		if (libusb_get_device_descriptor(list[i], &dd) ||
		    !match(&dd, vid, pid, &u->info.board))
			continue;
		if (find_cdc(list[i], &u->info))
			dev = libusb_ref_device(list[i]);
		else
			snprintf(why, size, "%04x:%04x has no CDC-ACM pair", dd.idVendor,
				 dd.idProduct);
	}
	if (n >= 0)
		libusb_free_device_list(list, 1);
	return dev;
}

static int claim(struct usb *u, libusb_device *dev)
{
	int err = libusb_open(dev, &u->h);

	if (err)
		return err;
	libusb_set_auto_detach_kernel_driver(u->h, 1);
	err = libusb_claim_interface(u->h, u->info.comm);
	if (!err)
		err = libusb_claim_interface(u->h, u->info.data);
	return err;
}

struct usb *usb_open(uint16_t vid, uint16_t pid, int wait_ms, char *why, size_t size)
{
	struct usb *u = calloc(1, sizeof(*u));
	double end = now_ms() + wait_ms;
	libusb_device *dev;
	int err;

	if (!u || libusb_init(&u->ctx)) {
		snprintf(why, size, "libusb does not start");
		free(u);
		return NULL;
	}
	while (!(dev = find(u, vid, pid, why, size)) && now_ms() < end)
		nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
	if (!dev)
		goto fail;
	err = claim(u, dev);
	libusb_unref_device(dev);
	for (int i = 0; !err && i < IN_URBS; i++) {
		struct in_urb *in = &u->in[i];

		in->u = u;
		in->t = libusb_alloc_transfer(0);
		if (!in->t) {
			err = LIBUSB_ERROR_NO_MEM;
			break;
		}
		libusb_fill_bulk_transfer(in->t, u->h, u->info.ep_in, in->buf, IN_SIZE, in_done,
					  in, 0);
	}
	if (!err)
		err = usb_in_start(u);
	if (!err)
		return u;
	snprintf(why, size, "%04x:%04x: %s", u->info.board.vid, u->info.board.pid,
		 libusb_strerror(err));
fail:
	usb_close(u);
	return NULL;
}

void usb_close(struct usb *u)
{
	if (!u)
		return;
	usb_in_stop(u);
	for (int i = 0; i < IN_URBS; i++)
		libusb_free_transfer(u->in[i].t);
	if (u->h) {
		libusb_release_interface(u->h, u->info.data);
		libusb_release_interface(u->h, u->info.comm);
		libusb_close(u->h);
	}
	libusb_exit(u->ctx);
	free(u);
}

const struct usb_info *usb_info(const struct usb *u)
{
	return &u->info;
}

struct libusb_device_handle *usb_handle(const struct usb *u)
{
	return u->h;
}

struct libusb_context *usb_context(const struct usb *u)
{
	return u->ctx;
}

bool usb_disconnected(const struct usb *u)
{
	return u->disconnected;
}
