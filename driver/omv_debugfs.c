// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/openmv/INTERFACE/: state and counters of a camera. Not a
 * stable interface.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "omv_debugfs.h"
#include "openmv.h"

static struct dentry *omv_debugfs_root;

static const char *const omv_state_names[] = {
	[OMV_HOST_STOPPED] = "stopped",
	[OMV_HOST_SYNC] = "sync",
	[OMV_HOST_SETUP] = "setup",
	[OMV_HOST_READY] = "ready",
	[OMV_HOST_PAUSE] = "reboot",
	[OMV_HOST_LOST] = "lost",
};

/* A consistent copy of all that is shown. */
struct omv_snapshot {
	enum omv_host_state state;
	u16 offered_payload;
	u16 max_payload;
	struct omv_version version;
	struct omv_channel channels[OMV_MAX_CHANNELS];
	unsigned int channel_count;
	struct omv_host_stats host;
	struct omv_parser_stats parser;
	struct omv_frame_stats frames;
	u64 rx_bytes;
	u64 tx_bytes;
};

static void omv_snapshot(struct omv_camera *cam, struct omv_snapshot *snap)
{
	const struct omv_host *host = &cam->link.host;
	unsigned long flags;

	spin_lock_irqsave(&cam->link.lock, flags);
	snap->state = host->state;
	snap->offered_payload = host->offered_payload;
	snap->max_payload = host->max_payload;
	snap->version = host->version;
	memcpy(snap->channels, host->channels, sizeof(snap->channels));
	snap->channel_count = host->channel_count;
	snap->host = host->stats;
	snap->parser = host->parser.stats;
	snap->frames = cam->video.stats;
	snap->rx_bytes = cam->link.usb.rx_bytes;
	snap->tx_bytes = cam->link.usb.tx_bytes;
	spin_unlock_irqrestore(&cam->link.lock, flags);
}

static struct omv_snapshot *omv_snapshot_new(struct seq_file *s)
{
	struct omv_snapshot *snap = kmalloc(sizeof(*snap), GFP_KERNEL);

	if (snap)
		omv_snapshot(s->private, snap);
	return snap;
}

static int state_show(struct seq_file *s, void *unused)
{
	struct omv_snapshot *snap = omv_snapshot_new(s);
	const struct omv_version *v;

	if (!snap)
		return -ENOMEM;
	v = &snap->version;
	seq_printf(s, "state: %s\n", omv_state_names[snap->state]);
	seq_printf(s, "protocol: %u.%u.%u\n", v->protocol[0], v->protocol[1],
		   v->protocol[2]);
	seq_printf(s, "bootloader: %u.%u.%u\n", v->bootloader[0],
		   v->bootloader[1], v->bootloader[2]);
	seq_printf(s, "firmware: %u.%u.%u\n", v->firmware[0], v->firmware[1],
		   v->firmware[2]);
	seq_printf(s, "max_payload: %u of %u\n", snap->max_payload,
		   snap->offered_payload);
	kfree(snap);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(state);

/* Names must be escaped: a name may contain any bytes (T-31). */
static int channels_show(struct seq_file *s, void *unused)
{
	struct omv_snapshot *snap = omv_snapshot_new(s);
	unsigned int i;

	if (!snap)
		return -ENOMEM;
	for (i = 0; i < snap->channel_count; i++) {
		seq_printf(s, "%u 0x%02x ", snap->channels[i].id,
			   snap->channels[i].flags);
		seq_escape_str(s, snap->channels[i].name,
			       ESCAPE_ANY_NP, NULL);
		seq_putc(s, '\n');
	}
	kfree(snap);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(channels);

static int counters_show(struct seq_file *s, void *unused)
{
	struct omv_snapshot *snap = omv_snapshot_new(s);
	const struct omv_frame_stats *f;
	const struct omv_host_stats *h;
	const struct omv_parser_stats *p;

	if (!snap)
		return -ENOMEM;
	f = &snap->frames;
	h = &snap->host;
	p = &snap->parser;
#define SHOW(name, value)	seq_printf(s, name ": %llu\n", value)
	SHOW("rx_bytes", snap->rx_bytes);
	SHOW("tx_bytes", snap->tx_bytes);
	SHOW("rx_packets", h->rx_packets);
	SHOW("tx_packets", h->tx_packets);
	SHOW("acks", h->acks);
	SHOW("events", h->events);
	SHOW("naks", h->naks);
	SHOW("stray", h->stray);
	SHOW("seq_errors", h->seq_errors);
	SHOW("timeouts", h->timeouts);
	SHOW("syncs", h->syncs);
	SHOW("pipelined", h->pipelined);
	SHOW("early", h->early);
	SHOW("mispredicted", h->mispredicted);
	SHOW("header_crc_errors", p->bad_header);
	SHOW("payload_crc_errors", p->bad_payload);
	SHOW("incomplete_packets", p->timeouts);
	SHOW("resync_bytes", p->skipped);
	SHOW("frames_good", f->good);
	SHOW("frames_truncated", f->truncated);
	SHOW("frames_unrecognized", f->unrecognized);
	SHOW("frames_wrong_format", f->wrong_format);
	SHOW("frames_too_big", f->too_big);
	SHOW("frames_failed", f->failed);
	SHOW("frames_stale", f->stale);
	SHOW("frames_missed", f->missed);
	SHOW("frames_skipped", f->skipped);
#undef SHOW
	kfree(snap);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

static int pictures_show(struct seq_file *s, void *unused)
{
	struct omv_camera *cam = s->private;

	omv_videos_show(&cam->videos, s);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pictures);

/**
 * omv_debugfs_add() - create the directory of a camera
 * @cam: camera
 *
 * Process context.
 */
void omv_debugfs_add(struct omv_camera *cam)
{
	struct dentry *dir;

	dir = debugfs_create_dir(dev_name(cam->link.dev),
				 omv_debugfs_root);
	debugfs_create_file("state", 0444, dir, cam, &state_fops);
	debugfs_create_file("channels", 0444, dir, cam, &channels_fops);
	debugfs_create_file("counters", 0444, dir, cam, &counters_fops);
	debugfs_create_file("pictures", 0444, dir, cam, &pictures_fops);
	debugfs_create_bool("pipelining", 0644, dir,
			    &cam->link.host.pipelining);
	cam->debugfs = dir;
}

/**
 * omv_debugfs_remove() - remove the directory of a camera
 * @cam: camera
 *
 * Waits for readers. Process context.
 */
void omv_debugfs_remove(struct omv_camera *cam)
{
	debugfs_remove_recursive(cam->debugfs);
}

/**
 * omv_debugfs_init() - create the directory of the driver
 *
 * Process context.
 */
void omv_debugfs_init(void)
{
	omv_debugfs_root = debugfs_create_dir(OMV_DRIVER_NAME, NULL);
}

/**
 * omv_debugfs_exit() - remove the directory of the driver
 *
 * Process context.
 */
void omv_debugfs_exit(void)
{
	debugfs_remove_recursive(omv_debugfs_root);
}
