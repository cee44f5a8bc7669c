// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A camera with one channel, "counter", behind stdin and stdout: what is the smallest program that
 * uses libopenmv-device. Build it with: cc example.c $(pkg-config --cflags --libs openmv-device)
 */
#include <omv_device.h>

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static char text[16];

static u32 counter_size(void *priv)
{
	return snprintf(text, sizeof(text), "%u\n", ++*(unsigned int *)priv);
}

static const void *counter_readp(void *priv, u32 offset, u32 len)
{
	return text + offset;
}

static u32 pipe_send(void *ctx, const void *data, u32 len)
{
	ssize_t sent = write(STDOUT_FILENO, data, len);

	return sent < 0 ? 0 : sent;
}

static u64 pipe_now(void *ctx)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

int main(void)
{
	static const struct omv_channel_ops counter = { .size = counter_size, .readp = counter_readp };
	static const struct omv_device_pipe pipe = { .send = pipe_send, .now = pipe_now };
	static const struct omv_sys_info info;
	static u8 rx[512], tx[512], buf[64];
	static unsigned int count;
	static struct omv_device device;
	const struct omv_device_config config = {
		.pipe = &pipe, .rx = rx, .rx_size = sizeof(rx), .tx = tx, .info = &info,
	};
	ssize_t len;

	if (omv_device_init(&device, &config) ||
	    omv_device_add(&device, "counter", &counter, &count, OMV_CHF_DYNAMIC) < 0)
		return 1;
	omv_device_set_active(&device, true);
	while ((len = read(STDIN_FILENO, buf, sizeof(buf))) > 0) {
		omv_device_receive(&device, buf, len);
		omv_device_poll(&device);
	}
	return 0;
}
