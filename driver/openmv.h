/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The camera object that all files of the driver share.
 *
 * Layers, arrows point down:
 *
 *	omv_video.c  omv_ctrl.c		/dev/videoN and its controls
 *	omv_chardev.c omv_node.c	a node for every other channel
 *	omv_format.c omv_input.c	what it offers, and where from
 *	omv_debugfs.c			for people who look inside
 *	omv_device.c			the session: lifetime, requests, link worker
 *	omv_usb.c			the CDC function and its URBs
 *	core/				the protocol, without I/O
 *
 * Locks, outermost first:
 *
 *	video_lock	ioctls, and the format against them
 *	ctrls.handler	(the control handler's own) values of controls
 *	config_lock	traffic on the config channel
 *	omv_node.write_lock	writes to a channel; omv_open.lock before it: one open file
 *	queue_lock	the vb2 queue
 *	lock		everything in core/ and all that its callbacks touch; taken in
 *			URB completions, therefore irqsave
 *
 * The link worker takes any of them, so none may be held while it is flushed. It
 * only tries the first three, which are held while somebody waits for a session.
 *
 * The object lives until the last file is closed: v4l2_dev.release frees it and
 * nothing else does.
 */
#ifndef OPENMV_H
#define OPENMV_H

#include <linux/cdev.h>
#include <linux/completion.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/usb.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <media/v4l2-ctrls.h>
#include <media/v4l2-dev.h>
#include <media/v4l2-device.h>
#include <media/videobuf2-v4l2.h>

#include "compat.h"
#include "core/omv_config.h"
#include "core/omv_host.h"
#include "core/omv_image.h"
#include "core/omv_pump.h"
#include "core/omv_rate.h"

#define OMV_DRIVER_NAME		"openmv"

#define OMV_RX_URBS		8
#define OMV_RX_SIZE		16384
#define OMV_TX_URBS		4

/* What a camera can make us allocate for a buffer. */
#define OMV_MAX_SIZEIMAGE	SZ_16M
#define OMV_MIN_BUFFERS		2

/* Raw previews: the camera's size, and that halved once and again. */
#define OMV_RAW_SIZES		3

struct omv_camera;

/**
 * struct omv_tx - one OUT transfer
 * @cam:  camera
 * @urb:  its URB, with room for a packet of any size
 * @busy: submitted; under omv_camera.lock
 */
struct omv_tx {
	struct omv_camera *cam;
	struct urb *urb;
	bool busy;
};

/**
 * struct omv_usb - the CDC function (omv_usb.c)
 * @dev:     USB device; a reference is held
 * @comm:    communication interface, parent of the video node
 * @data:    data interface
 * @in:      bulk IN pipe
 * @out:     bulk OUT pipe
 * @rx:      IN URBs; all are submitted while the link is started
 * @tx:      OUT transfers
 * @rx_bytes: that came; under omv_camera.lock
 * @tx_bytes: that were sent; under omv_camera.lock
 * @errors:  failed transfers in a row; under omv_camera.lock
 * @repair:  clears halts and submits IN URBs again
 * @repairing: it takes the URBs back just now; under omv_camera.lock
 * @started: between omv_usb_start() and omv_usb_stop(); under omv_camera.lock
 */
struct omv_usb {
	struct usb_device *dev;
	struct usb_interface *comm;
	struct usb_interface *data;
	unsigned int in;
	unsigned int out;
	struct urb *rx[OMV_RX_URBS];
	struct omv_tx tx[OMV_TX_URBS];
	u64 rx_bytes;
	u64 tx_bytes;
	unsigned int errors;
	struct delayed_work repair;
	bool repairing;
	bool started;
};

/**
 * struct omv_buffer - a vb2 buffer
 * @vb:   what vb2 knows of it
 * @list: in omv_video.buffers
 * @mem:  its memory in the kernel
 */
struct omv_buffer {
	struct vb2_v4l2_buffer vb;
	struct list_head list;
	void *mem;
};

/**
 * struct omv_frame_stats - frames since probe, by what became of them
 * @good:        delivered
 * @torn:        delivered with V4L2_BUF_FLAG_ERROR
 * @strange:     dropped, no JPEG and nothing else that is known
 * @other:       dropped, not in the format of the stream
 * @too_big:     dropped, larger than the buffer
 * @failed:      dropped, the transfer failed
 * @stale:       dropped, there was no buffer in time
 * @missed:      dropped, the camera was faster
 * @skipped:     not fetched, the application wants fewer
 */
struct omv_frame_stats {
	u64 good;
	u64 torn;
	u64 strange;
	u64 other;
	u64 too_big;
	u64 failed;
	u64 stale;
	u64 missed;
	u64 skipped;
};

enum {
	OMV_INPUT_FRAME,
	OMV_INPUT_STREAM,
	OMV_INPUTS,
};

/**
 * struct omv_input - what is known of one of the camera's image channels
 * @picture: what its frames were, last; of "stream" those that are no raw ones
 * @raw:     "stream": the largest raw picture that it gives; width 0 for none
 * @has_header:  see struct omv_pump_mode
 * @signal:  "stream": frames have come since the script began
 * @rate:    of its frames, and which of them are wanted
 * @limit:   the frame interval that was asked for, while @rate limits
 * @largest: bytes of the largest frame that did not fit its buffer
 */
struct omv_input {
	struct omv_picture picture;
	struct omv_picture raw;
	bool has_header;
	bool signal;
	struct omv_rate rate;
	struct v4l2_fract limit;
	u32 largest;
};

/**
 * struct omv_video - /dev/videoN (omv_video.c)
 * @dev:        node
 * @queue:      vb2 queue
 * @pump:       fetches frames while streaming
 * @buffers:    queued buffers, oldest first
 * @current_buf: the one the pump has
 * @streaming:  between STREAMON and STREAMOFF
 * @inputs:     the channels that pictures come from
 * @input:      the one that is selected; changes under video_lock, too
 * @chosen:     by an application; under video_lock
 * @picture:    the format; width 0 before a frame was seen
 * @pixfmt:     that of the stream, OMV_PIX_*
 * @mode:       how the stream's frames are fetched, but for the header
 * @looking:    the input is being looked at: a stream has to wait
 * @looks:      looks in a row that saw no frame on "stream"
 * @look_missed: something was not looked at, or not taken over, because of the stream or
 *	its buffers: look when they are gone
 * @strange:    a frame of this stream was nothing known
 * @blank:      no frame has been announced in this stream yet
 * @rehead:     because it has a header, or none: see struct omv_pump_mode
 * @told:       what was wrong with a frame of this stream, a bit for each OMV_TOLD_*: the
 *	log says it once
 * @stats:      frame counters
 * @blank_work: gives empty buffers while @blank
 *
 * From @pump on all is under omv_camera.lock.
 */
struct omv_video {
	struct video_device dev;
	struct vb2_queue queue;
	struct omv_pump pump;
	struct list_head buffers;
	struct omv_buffer *current_buf;
	bool streaming;
	struct omv_input inputs[OMV_INPUTS];
	u8 input;
	bool chosen;
	struct omv_picture picture;
	u32 pixfmt;
	struct omv_pump_mode mode;
	bool looking;
	unsigned int looks;
	bool look_missed;
	bool strange;
	bool blank;
	bool rehead;
#define OMV_TOLD_TOO_BIG	BIT(0)
#define OMV_TOLD_STRANGE	BIT(1)
	u8 told;
	struct omv_frame_stats stats;
	struct delayed_work blank_work;
};

/**
 * struct omv_source - a channel with knobs
 * @channel: its name
 * @dialect: how it speaks
 * @known:   @dialect is known
 */
struct omv_source {
	char channel[OMV_NAME_SIZE];
	enum omv_config_dialect dialect;
	bool known;
};

/**
 * struct omv_control - a control, and the knob that it turns (omv_knob.c)
 * @list:     in omv_ctrls.controls
 * @ctrl:     V4L2's
 * @channel:  whose knob it is
 * @name:     of the control, unless that is V4L2's own
 * @knob:     as it is known or believed to be on the camera
 * @menu:     for V4L2, of @options
 * @options:  OMV_KNOB_OPTIONS of them, for a menu
 * @user_set: a user has set it: it is written again when the script restarts
 * @stale:    the camera's document still told @old after the last write: that does not
 *	count until it tells another (12.9)
 * @old:      see @stale
 * @synced:   the generation in which camera and control were last brought together; link
 *	worker only
 * @seen:     the look that has seen it; link worker only
 *
 * @knob, @user_set, @stale and @old are changed by who sets the control, with the handler's
 * lock and config_lock, or by the link worker, with one of them.
 */
struct omv_control {
	struct list_head list;
	struct v4l2_ctrl *ctrl;
	char channel[OMV_NAME_SIZE];
	char name[OMV_KNOB_KEY_SIZE];
	struct omv_knob knob;
	const char **menu;
	char (*options)[OMV_KNOB_TEXT_SIZE];
	bool user_set;
	bool stale;
	s32 old;
	unsigned int synced;
	unsigned int seen;
};

/* The config channel, and channels of widgets. */
#define OMV_SOURCES	8

/**
 * struct omv_ctrls - the controls (omv_ctrl.c)
 * @handler:     V4L2's
 * @controls:    of struct omv_control; only added to; link worker only
 * @control_count: of them
 * @quality:     JPEG quality: is there from the beginning
 * @adopting:    the value being set is the camera's own; under @handler's lock
 * @config_lock: see the top of this file; protects what follows
 * @sources:     channels with knobs, or which may have some
 * @source_count: of them
 * @sources_of:  the generation that they belong to
 * @writes:      by users; changed under both locks
 * @looks:       counts; link worker only
 * @shown:       the generation of the document that is being shown; link worker only
 * @told:        the log has it that the channel makes no sense; link worker only
 * @knobs_told:  or that there are too many knobs
 * @listen:      a bit for each channel id whose events say that a value may have changed;
 *	under omv_camera.lock
 * @refresh:     looks at the controls then; on omv_camera.workqueue
 */
struct omv_ctrls {
	struct v4l2_ctrl_handler handler;
	struct list_head controls;
	unsigned int control_count;
	struct omv_control *quality;
	bool adopting;
	struct mutex config_lock;	/* see the top of this file */
	struct omv_source sources[OMV_SOURCES];
	unsigned int source_count;
	unsigned int sources_of;
	unsigned int writes;
	unsigned int looks;
	unsigned int shown;
	bool told;
	bool knobs_told;
	u32 listen;
	struct delayed_work refresh;
};

/* A channel's name, each byte that is not safe replaced; behind the + which of several. */
#define OMV_NODE_NAME_SIZE	(OMV_NAME_SIZE + sizeof("+31"))

/**
 * struct omv_node - the device node of a channel
 * @dev:    its device; memory is freed with the last reference, open files have one
 * @cdev:   its character device
 * @cam:    camera; a reference to v4l2_dev is held
 * @list:   in omv_nodes.list
 * @name:   of the node: unique among the camera's
 * @channel: as the camera spells it
 * @rank:   0 for the last of several channels with that name in the channel table, 1 for
 *	the one before
 * @flags:  OMV_CHF_*
 * @id:     of the channel when it was last looked at; under omv_camera.lock
 * @gone:   the channel is not there any more; set under omv_camera.lock, never cleared
 * @events: that came; under omv_camera.lock
 * @event:  value of the last; under omv_camera.lock
 * @news:   events, and looks at the channel table after which there may be something new;
 *	under omv_camera.lock
 * @wait:   woken when @news or @gone changes
 * @write_lock: see the top of this file
 */
struct omv_node {
	struct device dev;
	struct cdev cdev;
	struct omv_camera *cam;
	struct list_head list;
	char name[OMV_NODE_NAME_SIZE];
	char channel[OMV_NAME_SIZE];
	unsigned int rank;
	u8 flags;
	u8 id;
	bool gone;
	u32 events;
	u16 event;
	u32 news;
	wait_queue_head_t wait;
	struct mutex write_lock;	/* see the top of this file */
};

/**
 * struct omv_nodes - the device nodes of a camera
 * @list:   of struct omv_node; @work's, and omv_nodes_remove()'s after that has stopped
 * @work:   lets there be a node for each channel of the table, without traffic; on
 *	omv_camera.workqueue
 * @by_id:  the same by the ids they had then, for events; under omv_camera.lock
 * @camera: directory of the nodes: unique among the cameras
 * @others: in the list of those names
 * @told:   the log has it that there are not enough minors; @work's
 */
struct omv_nodes {
	struct list_head list;
	struct work_struct work;
	struct omv_node *by_id[OMV_MAX_CHANNELS];
	char camera[32];
	struct list_head others;
	bool told;
};

/**
 * struct omv_camera - one camera
 * @v4l2_dev:   owns the object
 * @usb:        CDC function
 * @host:       the session; under @lock
 * @lock:       see the top of this file
 * @gone:       unplugged or unbound; set under @lock, never cleared
 * @tick:       calls the core when its deadline comes
 * @tick_at:    for when @tick is scheduled, in ms; under @lock
 * @workqueue:  ordered; runs @link
 * @link:       everything about the session that has to sleep
 * @peek:       looks at the selected input only; on @workqueue, too
 * @peek_at:    for when @peek is scheduled, in jiffies; under @lock
 * @link_lost:  the session must be started again; under @lock
 * @silent:     the log says that the camera does not answer; under @lock
 * @look:       a new session or channel table must be looked at; under @lock
 * @looks_wanted: how often @look was set; under @lock
 * @looks_done: the last of them that is over; under @lock
 * @generation: counts sessions and channel tables; under @lock
 * @deaf:       looks in a row that got no answer; under @lock
 * @looked:     the first look is over
 * @wait:       woken whenever the state of @host changes
 * @video_lock: see the top of this file
 * @queue_lock: see the top of this file
 * @video:      video node
 * @ctrls:      controls
 * @nodes:      of the other channels
 * @debugfs:    its directory
 */
struct omv_camera {
	struct v4l2_device v4l2_dev;
	struct omv_usb usb;
	struct omv_host host;
	spinlock_t lock;	/* see the top of this file, as for the mutexes */
	bool gone;
	struct delayed_work tick;
	u64 tick_at;
	struct workqueue_struct *workqueue;
	struct delayed_work link;
	struct delayed_work peek;
	unsigned long peek_at;
	bool link_lost;
	bool silent;
	bool look;
	unsigned int looks_wanted;
	unsigned int looks_done;
	unsigned int generation;
	unsigned int deaf;
	struct completion looked;
	wait_queue_head_t wait;
	struct mutex video_lock;	/* outermost */
	struct mutex queue_lock;	/* the vb2 queue's */
	struct omv_video video;
	struct omv_ctrls ctrls;
	struct omv_nodes nodes;
	struct dentry *debugfs;
};

/* ---- omv_device.c ----------------------------------------------------- */

/**
 * omv_now() - the time as core/ takes it
 *
 * Return: monotonic milliseconds
 */
static inline u64 omv_now(void)
{
	return ktime_to_ms(ktime_get());
}

/**
 * omv_camera_probe() - make a camera of a CDC function
 * @comm: communication interface
 * @data: data interface, claimed by the caller
 * @in: bulk IN endpoint
 * @out: bulk OUT endpoint
 *
 * Connects, and registers the video node. May sleep for some seconds.
 *
 * Return: the camera, or -ENODEV if nobody speaks the channel protocol there, or
 * another error; all of them as ERR_PTR()
 */
struct omv_camera *omv_camera_probe(struct usb_interface *comm,
				    struct usb_interface *data,
				    struct usb_endpoint_descriptor *in,
				    struct usb_endpoint_descriptor *out);

/**
 * omv_camera_remove() - unplug a camera
 * @cam: camera; gone for the caller after this
 *
 * Wakes everybody with ENODEV. May sleep.
 */
void omv_camera_remove(struct omv_camera *cam);

/**
 * omv_camera_suspend() - end the session, stop all traffic
 * @cam: camera
 *
 * A stream stays on, without frames. May sleep.
 */
void omv_camera_suspend(struct omv_camera *cam);

/**
 * omv_camera_resume() - begin a session again
 * @cam: suspended camera
 *
 * May sleep.
 */
void omv_camera_resume(struct omv_camera *cam);

/**
 * omv_camera_input() - bytes from the camera
 * @cam: camera
 * @data: bytes
 * @len: how many
 *
 * Caller holds @cam->lock.
 */
void omv_camera_input(struct omv_camera *cam, const void *data, size_t len);

/**
 * omv_camera_rearm() - schedule the next tick
 * @cam: camera
 *
 * To be called under @cam->lock after anything was done in core/.
 */
void omv_camera_rearm(struct omv_camera *cam);

/**
 * omv_request() - one request and its response
 * @cam: camera
 * @req: opcode, channel, offset, length, data, buf and size are the caller's; @buf
 *	may be on the stack
 *
 * Sleeps, interruptibly, for some seconds at most. Caller must not hold @cam->lock.
 *
 * Return: what struct omv_request says of result, but -ENODEV only if the camera is gone;
 * or -ERESTARTSYS
 */
int omv_request(struct omv_camera *cam, struct omv_request *req);

/**
 * omv_request_closing() - the same for who closes a file: no signal ends the wait
 * @cam: camera
 * @req: as for omv_request()
 *
 * Return: as omv_request()
 */
int omv_request_closing(struct omv_camera *cam, struct omv_request *req);

/**
 * omv_wait_ready() - wait for a session
 * @cam: camera
 * @timeout_ms: how long
 *
 * Return: 0, -ETIMEDOUT, -ENODEV if the camera is gone, or -ERESTARTSYS
 */
int omv_wait_ready(struct omv_camera *cam, unsigned int timeout_ms);

/**
 * omv_channel_id() - look a channel up
 * @cam: camera
 * @name: its name
 *
 * Any context. The id is good for one request: a script may restart at any time.
 *
 * Return: the id, -EAGAIN without a session, -ENOENT if there is no such channel
 */
int omv_channel_id(struct omv_camera *cam, const char *name);

/**
 * omv_channel_size() - SIZE
 * @cam: camera
 * @channel: id
 * @size: written on success
 *
 * Return: see omv_request()
 */
int omv_channel_size(struct omv_camera *cam, int channel, u32 *size);

/**
 * omv_channel_read() - READ from offset 0 on
 * @cam: camera
 * @channel: id
 * @buf: where to; any memory, as the USB transfer does not go there
 * @len: bytes; not more than SIZE told (T-2)
 *
 * Return: see omv_request()
 */
int omv_channel_read(struct omv_camera *cam, int channel, void *buf, u32 len);

/**
 * omv_look() - have the link worker look at the camera's channels again
 * @cam: camera
 *
 * Caller holds @cam->lock.
 */
void omv_look(struct omv_camera *cam);

/**
 * omv_peek() - have the link worker look at the selected input, in a while
 * @cam: camera
 * @ms: how long
 *
 * Caller holds @cam->lock.
 */
void omv_peek(struct omv_camera *cam, unsigned int ms);

/* ---- omv_usb.c -------------------------------------------------------- */

/**
 * omv_usb_init() - allocate the URBs
 * @cam: camera; @cam->usb.dev, @comm and @data are set
 * @in: bulk IN endpoint
 * @out: bulk OUT endpoint
 *
 * Return: 0 or -ENOMEM; omv_usb_free() is needed in any case
 */
int omv_usb_init(struct omv_camera *cam, struct usb_endpoint_descriptor *in,
		 struct usb_endpoint_descriptor *out);

/**
 * omv_usb_free() - free the URBs
 * @cam: stopped camera
 */
void omv_usb_free(struct omv_camera *cam);

/**
 * omv_usb_start() - activate the protocol (11.1) and listen
 * @cam: stopped camera
 *
 * Return: 0 or an error of the USB stack
 */
int omv_usb_start(struct omv_camera *cam);

/**
 * omv_usb_stop() - stop listening; nothing is in flight afterwards
 * @cam: camera, started or not
 * @deactivate: drop DTR, too, so that the camera does not wait for us
 *
 * May sleep.
 */
void omv_usb_stop(struct omv_camera *cam, bool deactivate);

/**
 * omv_usb_send() - send a packet
 * @ctx: camera
 * @data: bytes; copied
 * @len: how many, at most OMV_MAX_PACKET
 *
 * Caller holds the camera's lock. For struct omv_host_ops.
 *
 * Return: 0, -EBUSY if all transfers are in use, -ESHUTDOWN when stopped, or an error
 * of the USB stack
 */
int omv_usb_send(void *ctx, const void *data, u32 len);

/* ---- omv_video.c ------------------------------------------------------ */

/**
 * omv_video_init() - prepare the node, without registering it
 * @cam: camera
 *
 * Return: 0 or an error
 */
int omv_video_init(struct omv_camera *cam);

/**
 * omv_video_register() - let applications in
 * @cam: camera, complete
 *
 * Return: 0 or an error
 */
int omv_video_register(struct omv_camera *cam);

/**
 * omv_video_unregister() - no more applications; those who wait get ENODEV
 * @cam: camera; @cam->gone is set
 */
void omv_video_unregister(struct omv_camera *cam);

/**
 * omv_video_link() - the session came or went, or the channel table changed
 * @cam: camera
 *
 * Caller holds @cam->lock.
 */
void omv_video_link(struct omv_camera *cam);

/**
 * omv_video_event() - a channel sent an event
 * @cam: camera
 * @channel: its id
 *
 * Caller holds @cam->lock.
 */
void omv_video_event(struct omv_camera *cam, u8 channel);

/**
 * omv_video_picture() - the format of the selected input is this
 * @cam: camera
 * @picture: format
 *
 * Tells applications if it was another. Caller holds @cam->lock.
 */
void omv_video_picture(struct omv_camera *cam,
		       const struct omv_picture *picture);

/**
 * omv_video_restart() - fetch frames as they are now known to be
 * @cam: camera
 *
 * Process context only: not for the pump's callbacks. Caller holds @cam->lock.
 */
void omv_video_restart(struct omv_camera *cam);

/* ---- omv_input.c ------------------------------------------------------ */

/**
 * omv_input() - the selected input
 * @video: video node; caller holds video_lock, or omv_camera.lock
 *
 * Return: input
 */
static inline struct omv_input *omv_input(struct omv_video *video)
{
	return &video->inputs[video->input];
}

/**
 * omv_input_name() - the selected input's channel
 * @video: video node; caller as for omv_input()
 *
 * Return: name
 */
const char *omv_input_name(const struct omv_video *video);

/**
 * omv_input_mode() - how to fetch frames from the selected input, but for the header
 * @video: video node; caller holds omv_camera.lock
 * @mode: written
 */
void omv_input_mode(const struct omv_video *video, struct omv_pump_mode *mode);

/**
 * omv_input_set() - select an input
 * @cam: camera
 * @index: OMV_INPUT_*
 *
 * Caller holds video_lock and @cam->lock; nobody has buffers.
 */
void omv_input_set(struct omv_camera *cam, u8 index);

/**
 * omv_input_look() - select an input, unless an application did, and look at it
 * @cam: camera
 *
 * Link worker only.
 *
 * Return: 0 if the camera could be asked, -EALREADY if an application was in the way, or
 * an error
 */
int omv_input_look(struct omv_camera *cam);

/**
 * omv_input_event() - a channel sent an event while it does not stream
 * @cam: camera
 * @channel: its id
 *
 * Caller holds @cam->lock.
 */
void omv_input_event(struct omv_camera *cam, u8 channel);

int omv_enum_input(struct file *file, void *priv, struct v4l2_input *input);
int omv_g_input(struct file *file, void *priv, unsigned int *index);
int omv_s_input(struct file *file, void *priv, unsigned int index);

/* ---- omv_format.c ----------------------------------------------------- */

/**
 * omv_format_is_known() - can V4L2 have it
 * @pixfmt: OMV_PIX_*
 *
 * Return: whether there is a pixel format for it
 */
bool omv_format_is_known(u32 pixfmt);

/**
 * omv_fill_format() - the format as it is now
 * @cam: camera
 * @pix: written
 */
void omv_fill_format(struct omv_camera *cam, struct v4l2_pix_format *pix);

int omv_enum_fmt(struct file *file, void *priv, struct v4l2_fmtdesc *fmt);
int omv_g_fmt(struct file *file, void *priv, struct v4l2_format *fmt);
int omv_try_fmt(struct file *file, void *priv, struct v4l2_format *fmt);
int omv_s_fmt(struct file *file, void *priv, struct v4l2_format *fmt);
int omv_enum_framesizes(struct file *file, void *priv,
			struct v4l2_frmsizeenum *size);
int omv_enum_frameintervals(struct file *file, void *priv,
			    struct v4l2_frmivalenum *ival);
int omv_g_parm(struct file *file, void *priv, struct v4l2_streamparm *parm);
int omv_s_parm(struct file *file, void *priv, struct v4l2_streamparm *parm);

/* ---- omv_ctrl.c ------------------------------------------------------- */

/**
 * omv_ctrl_init() - make the controls
 * @cam: camera
 *
 * Return: 0 or an error; omv_controls_free() is needed in any case
 */
int omv_ctrl_init(struct omv_camera *cam);

/**
 * omv_ctrl_look() - bring the controls and the camera's config channels together
 * @cam: camera
 *
 * A value that a user has set is written after the script has restarted, otherwise the
 * camera's is shown. Link worker only.
 *
 * Return: 0, -EALREADY if a user is setting a control: look again later; or another error
 */
int omv_ctrl_look(struct omv_camera *cam);

/**
 * omv_ctrl_event() - a channel sent an event
 * @cam: camera
 * @channel: its id
 *
 * Caller holds @cam->lock.
 */
void omv_ctrl_event(struct omv_camera *cam, u8 channel);

extern const struct v4l2_ctrl_ops omv_ctrl_ops;

/* ---- omv_knob.c ------------------------------------------------------- */

/**
 * omv_control_find() - the control of a knob
 * @cam: camera
 * @channel: whose knob
 * @knob: type and key
 *
 * Link worker only.
 *
 * Return: control, NULL if there is none yet
 */
struct omv_control *omv_control_find(struct omv_camera *cam,
				     const char *channel,
				     const struct omv_knob *knob);

/**
 * omv_control_new() - make it: inactive, with the knob's value as its default
 * @cam: camera
 * @channel: whose knob
 * @knob: knob, whose document is still there
 *
 * Link worker only, without any lock, or before applications are let in.
 *
 * Return: control, or NULL if there are too many or too little memory
 */
struct omv_control *omv_control_new(struct omv_camera *cam, const char *channel,
				    const struct omv_knob *knob);

/**
 * omv_control_adopt() - show the camera's range and value
 * @cam: camera
 * @control: control
 * @knob: knob of the same type, whose document is still there
 *
 * Link worker only. Caller holds the handler's lock.
 */
void omv_control_adopt(struct omv_camera *cam, struct omv_control *control,
		       const struct omv_knob *knob);

/**
 * omv_control_fill() - what a user sets
 * @control: control in s_ctrl(); caller holds the handler's lock
 * @knob: written: as it is to be on the camera
 */
void omv_control_fill(const struct omv_control *control, struct omv_knob *knob);

/**
 * omv_control_rescale() - keep the unit that a knob's control has
 * @control: control
 * @knob: its knob as it was read now; changed
 */
void omv_control_rescale(const struct omv_control *control,
			 struct omv_knob *knob);

/**
 * omv_control_value() - a knob's value as V4L2 has it
 * @control: control
 * @knob: its knob, of no text
 *
 * Return: value
 */
s32 omv_control_value(const struct omv_control *control,
		      const struct omv_knob *knob);

/**
 * omv_knob_equal() - have two knobs of one type the same value
 * @a: a knob
 * @b: another
 *
 * Return: whether they have
 */
bool omv_knob_equal(const struct omv_knob *a, const struct omv_knob *b);

/**
 * omv_controls_free() - free the controls and V4L2's handler
 * @cam: camera
 */
void omv_controls_free(struct omv_camera *cam);

/* ---- omv_node.c ------------------------------------------------------- */

/**
 * omv_nodes_alloc() - prepare
 * @cam: camera, zeroed
 */
void omv_nodes_alloc(struct omv_camera *cam);

/**
 * omv_nodes_init() - find a name for the camera
 * @cam: camera
 *
 * omv_nodes_remove() is needed then.
 */
void omv_nodes_init(struct omv_camera *cam);

/**
 * omv_nodes_remove() - remove all nodes; whoever has one open gets ENODEV
 * @cam: camera whose workqueue does nothing any more
 *
 * Another camera may have its name then.
 */
void omv_nodes_remove(struct omv_camera *cam);

/**
 * omv_nodes_event() - a channel sent an event
 * @cam: camera
 * @channel: its id
 * @value: OMV_EV_NOTIFY if it had none
 *
 * Caller holds @cam->lock.
 */
void omv_nodes_event(struct omv_camera *cam, u8 channel, u16 value);

/**
 * omv_node_id() - the channel that belongs to a node
 * @node: node
 *
 * Any context. As for omv_channel_id(), the id is good for one request.
 *
 * Return: the id, -EAGAIN without a session, -ENODEV if the channel is gone
 */
int omv_node_id(struct omv_node *node);

/**
 * omv_nodes_register() - for the driver: a range of minors, and a class
 *
 * Return: 0 or an error
 */
int omv_nodes_register(void);

/**
 * omv_nodes_unregister() - and give them back
 */
void omv_nodes_unregister(void);

/* ---- omv_chardev.c ---------------------------------------------------- */

extern const struct file_operations omv_node_fops;

/* ---- omv_debugfs.c ---------------------------------------------------- */

/**
 * omv_debugfs_add() - make the camera's directory
 * @cam: camera
 */
void omv_debugfs_add(struct omv_camera *cam);

/**
 * omv_debugfs_remove() - and remove it; nobody reads there afterwards
 * @cam: camera
 */
void omv_debugfs_remove(struct omv_camera *cam);

/**
 * omv_debugfs_init() - make the driver's directory
 */
void omv_debugfs_init(void);

/**
 * omv_debugfs_exit() - and remove it
 */
void omv_debugfs_exit(void);

#endif /* OPENMV_H */
