// SPDX-License-Identifier: GPL-2.0-only
/*
 * A camera: its lifetime, its session, its requests.
 */
#include <linux/slab.h>

#include "openmv.h"

#define CREATE_TRACE_POINTS
#include "omv_trace.h"

/* Five SYNCs, then the setup. */
#define OMV_CONNECT_MS	5000
/* The same twice, with OMV_RETRY_MS in between. */
#define OMV_CONNECT_PATIENT_MS	10000
/* For a first look at the channels, before applications are let in. */
#define OMV_LOOK_MS	1000
/* Between two attempts to get a lost session back. */
#define OMV_RETRY_MS	1000
/* For a request and its response, with what waits before it. */
#define OMV_REQUEST_MS	5000
/* Until a look that could not be taken is tried again. */
#define OMV_LOOK_AGAIN_MS	100

/* The vendor's own. The other ids are shared with products of other kinds. */
#define OMV_VENDOR	0x37c5

/* ---- the clock of core/ ----------------------------------------------- */

void omv_camera_rearm(struct omv_camera *cam)
{
	u64 host = omv_host_deadline(&cam->host);
	u64 pump = omv_pump_deadline(&cam->video.pump);
	u64 at = min(host, pump);
	u64 now = omv_now();

	lockdep_assert_held(&cam->lock);
	/*
	 * Deadlines mostly move away, with every response. A tick that comes
	 * too early costs less than moving it each time.
	 */
	if (cam->gone || at >= cam->tick_at)
		return;
	cam->tick_at = at;
	mod_delayed_work(system_highpri_wq, &cam->tick,
			 msecs_to_jiffies(at > now ? at - now : 0));
}

static void omv_tick(struct work_struct *work)
{
	struct omv_camera *cam = container_of(to_delayed_work(work),
					      struct omv_camera, tick);
	unsigned long flags;

	spin_lock_irqsave(&cam->lock, flags);
	cam->tick_at = U64_MAX;
	omv_host_tick(&cam->host, omv_now());
	omv_pump_tick(&cam->video.pump, omv_now());
	omv_camera_rearm(cam);
	spin_unlock_irqrestore(&cam->lock, flags);
}

void omv_camera_input(struct omv_camera *cam, const void *data, size_t len)
{
	lockdep_assert_held(&cam->lock);
	omv_host_input(&cam->host, data, len, omv_now());
	omv_camera_rearm(cam);
}

/* ---- what the host end tells ------------------------------------------ */

void omv_look(struct omv_camera *cam)
{
	lockdep_assert_held(&cam->lock);
	if (cam->gone)
		return;
	cam->look = true;
	cam->looks_wanted++;
	/*
	 * A script's size() may fail so that no answer comes (T-32). The SYNC
	 * that follows brings the link up, and that another look: ever later,
	 * up to 64 s.
	 */
	if (cam->deaf > 1)
		queue_delayed_work(cam->workqueue, &cam->link,
				   msecs_to_jiffies(500 << min(cam->deaf, 7U)));
	else
		mod_delayed_work(cam->workqueue, &cam->link, 0);
}

void omv_peek(struct omv_camera *cam, unsigned int ms)
{
	unsigned long at = jiffies + msecs_to_jiffies(ms);

	lockdep_assert_held(&cam->lock);
	if (cam->gone || cam->deaf)
		return;
	/* Of several the soonest: it asks for another if it sees nothing. */
	if (delayed_work_pending(&cam->peek) && !time_before(at, cam->peek_at))
		return;
	cam->peek_at = at;
	mod_delayed_work(cam->workqueue, &cam->peek, msecs_to_jiffies(ms));
}

static void omv_link(void *ctx, enum omv_link_event link)
{
	struct omv_camera *cam = ctx;
	struct device *dev = &cam->usb.comm->dev;

	trace_omv_state(cam, link);
	omv_video_link(cam);
	switch (link) {
	case OMV_LINK_UP:
		if (cam->silent)
			dev_notice_ratelimited(dev, "camera answers again\n");
		cam->silent = false;
		fallthrough;
	case OMV_LINK_CHANNELS:
		cam->generation++;
		if (!cam->gone)
			queue_work(cam->workqueue, &cam->nodes.work);
		/* Other scripts, other frames. */
		cam->video.inputs[OMV_INPUT_FRAME].signal = false;
		cam->video.inputs[OMV_INPUT_STREAM].signal = false;
		omv_look(cam);
		break;
	case OMV_LINK_LOST:
		/* Before there is a node, probe tells. */
		if (video_is_registered(&cam->video.dev) && !cam->silent) {
			dev_warn_ratelimited(dev, "camera does not answer, trying on\n");
			cam->silent = true;
		}
		cam->link_lost = true;
		mod_delayed_work(cam->workqueue, &cam->link,
				 msecs_to_jiffies(OMV_RETRY_MS));
		break;
	case OMV_LINK_DOWN:
		break;
	}
	wake_up_all(&cam->wait);
}

static void omv_event(void *ctx, u8 channel, u16 value)
{
	omv_video_event(ctx, channel);
	omv_ctrl_event(ctx, channel);
	omv_nodes_event(ctx, channel, value);
}

static void omv_trace_tx(void *ctx, const struct omv_packet *pkt)
{
	trace_omv_tx(ctx, pkt);
}

static void omv_trace_rx(void *ctx, const struct omv_packet *pkt)
{
	trace_omv_rx(ctx, pkt);
}

static const struct omv_host_ops omv_host_ops = {
	.send = omv_usb_send,
	.link_changed = omv_link,
	.event = omv_event,
	.tx = omv_trace_tx,
	.rx = omv_trace_rx,
};

/* ---- starting and stopping the session -------------------------------- */

static int omv_session_start(struct omv_camera *cam)
{
	unsigned long flags;
	int ret;

	ret = omv_usb_start(cam);
	if (ret)
		return ret;
	spin_lock_irqsave(&cam->lock, flags);
	cam->link_lost = false;
	if (!cam->gone)
		omv_host_start(&cam->host, omv_now());
	omv_camera_rearm(cam);
	spin_unlock_irqrestore(&cam->lock, flags);
	return 0;
}

static void omv_session_stop(struct omv_camera *cam)
{
	unsigned long flags;

	spin_lock_irqsave(&cam->lock, flags);
	omv_host_stop(&cam->host);
	omv_video_link(cam);
	spin_unlock_irqrestore(&cam->lock, flags);
	wake_up_all(&cam->wait);
	omv_usb_stop(cam, true);
}

/* Start, and if that fails leave it to the link worker. */
static void omv_session_try(struct omv_camera *cam)
{
	unsigned long flags;

	if (!omv_session_start(cam))
		return;
	spin_lock_irqsave(&cam->lock, flags);
	if (!cam->gone) {
		cam->link_lost = true;
		queue_delayed_work(cam->workqueue, &cam->link,
				   msecs_to_jiffies(OMV_RETRY_MS));
	}
	spin_unlock_irqrestore(&cam->lock, flags);
}

/* The camera did not answer: activate the protocol anew, as if just plugged in. */
static void omv_session_restart(struct omv_camera *cam)
{
	omv_session_stop(cam);
	omv_session_try(cam);
}

static void omv_camera_look(struct omv_camera *cam)
{
	unsigned long flags;
	int ctrl, video;

	ctrl = omv_ctrl_look(cam);
	video = ctrl == -ETIMEDOUT ? ctrl : omv_input_look(cam);

	spin_lock_irqsave(&cam->lock, flags);
	cam->deaf = video == -ETIMEDOUT ? cam->deaf + 1 : 0;
	if ((ctrl == -EALREADY || video == -EALREADY) && !cam->gone) {
		cam->look = true;
		queue_delayed_work(cam->workqueue, &cam->link,
				   msecs_to_jiffies(OMV_LOOK_AGAIN_MS));
	}
	spin_unlock_irqrestore(&cam->lock, flags);
}

static void omv_link_work(struct work_struct *work)
{
	struct omv_camera *cam = container_of(to_delayed_work(work),
					      struct omv_camera, link);
	unsigned long flags;
	bool lost, look;
	unsigned int looks;

	spin_lock_irqsave(&cam->lock, flags);
	lost = cam->link_lost && !cam->gone;
	look = cam->look && !cam->gone;
	looks = cam->looks_wanted;
	cam->look = false;
	spin_unlock_irqrestore(&cam->lock, flags);

	if (lost) {
		omv_session_restart(cam);
	} else if (look) {
		omv_camera_look(cam);
		spin_lock_irqsave(&cam->lock, flags);
		cam->looks_done = looks;
		spin_unlock_irqrestore(&cam->lock, flags);
		wake_up_all(&cam->wait);
		complete_all(&cam->looked);
	}
}

static void omv_peek_work(struct work_struct *work)
{
	omv_input_look(container_of(to_delayed_work(work), struct omv_camera,
				    peek));
}

static bool omv_is_ready(struct omv_camera *cam)
{
	return READ_ONCE(cam->host.state) == OMV_HOST_READY;
}

int omv_wait_ready(struct omv_camera *cam, unsigned int timeout_ms)
{
	long left;

	left = wait_event_interruptible_timeout(cam->wait,
						READ_ONCE(cam->gone) ||
						omv_is_ready(cam),
						msecs_to_jiffies(timeout_ms));
	if (left < 0)
		return left;
	if (READ_ONCE(cam->gone))
		return -ENODEV;
	return left ? 0 : -ETIMEDOUT;
}

/* ---- requests --------------------------------------------------------- */

struct omv_waiter {
	struct omv_request req;
	struct completion done;
};

static void omv_request_done(struct omv_host *host, struct omv_request *req)
{
	complete(&container_of(req, struct omv_waiter, req)->done);
}

static long omv_request_wait(struct omv_waiter *waiter, bool interruptible)
{
	unsigned long timeout = msecs_to_jiffies(OMV_REQUEST_MS);

	if (interruptible)
		return wait_for_completion_interruptible_timeout(&waiter->done,
								 timeout);
	return wait_for_completion_timeout(&waiter->done, timeout);
}

static int omv_request_how(struct omv_camera *cam, struct omv_request *req,
			   bool interruptible)
{
	struct omv_waiter waiter = { .req = *req };
	unsigned long flags;
	long left;
	int ret;

	waiter.req.complete = omv_request_done;
	init_completion(&waiter.done);

	spin_lock_irqsave(&cam->lock, flags);
	ret = cam->gone ? -ENODEV :
			  omv_host_submit(&cam->host, &waiter.req, omv_now());
	omv_camera_rearm(cam);
	spin_unlock_irqrestore(&cam->lock, flags);
	if (ret)
		return ret;

	left = omv_request_wait(&waiter, interruptible);
	if (left <= 0) {
		spin_lock_irqsave(&cam->lock, flags);
		omv_host_cancel(&cam->host, &waiter.req);
		spin_unlock_irqrestore(&cam->lock, flags);
		return left ? -ERESTARTSYS : -ETIMEDOUT;
	}
	*req = waiter.req;
	/* Stopped, but not for good: the device is reset, or the session restarted. */
	if (req->result == -ENODEV && !READ_ONCE(cam->gone))
		req->result = -ECONNRESET;
	return req->result;
}

int omv_request(struct omv_camera *cam, struct omv_request *req)
{
	return omv_request_how(cam, req, true);
}

int omv_request_closing(struct omv_camera *cam, struct omv_request *req)
{
	return omv_request_how(cam, req, false);
}

int omv_channel_id(struct omv_camera *cam, const char *name)
{
	const struct omv_channel *channel;
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&cam->lock, flags);
	channel = omv_host_find(&cam->host, name);
	if (channel)
		ret = channel->id;
	else
		ret = cam->host.state == OMV_HOST_READY ? -ENOENT : -EAGAIN;
	spin_unlock_irqrestore(&cam->lock, flags);
	return ret;
}

int omv_channel_size(struct omv_camera *cam, int channel, u32 *size)
{
	__le32 answer;
	struct omv_request req = {
		.opcode = OMV_OP_SIZE,
		.channel = channel,
		.buf = &answer,
		.size = sizeof(answer),
	};
	int ret = omv_request(cam, &req);

	if (!ret)
		*size = le32_to_cpu(answer);
	return ret;
}

int omv_channel_read(struct omv_camera *cam, int channel, void *buf, u32 len)
{
	struct omv_request req = {
		.opcode = OMV_OP_READ,
		.channel = channel,
		.length = len,
		.buf = buf,
		.size = len,
	};

	return omv_request(cam, &req);
}

/* ---- lifetime --------------------------------------------------------- */

static void omv_camera_free(struct omv_camera *cam)
{
	if (cam->workqueue)
		destroy_workqueue(cam->workqueue);
	omv_controls_free(cam);
	omv_usb_free(cam);
	usb_put_intf(cam->usb.data);
	usb_put_intf(cam->usb.comm);
	usb_put_dev(cam->usb.dev);
	kvfree(cam);
}

/* The last file is closed and the camera is gone. */
static void omv_camera_release(struct v4l2_device *v4l2_dev)
{
	struct omv_camera *cam = container_of(v4l2_dev, struct omv_camera,
					      v4l2_dev);

	v4l2_device_unregister(&cam->v4l2_dev);
	omv_camera_free(cam);
}

static struct omv_camera *omv_camera_alloc(struct usb_interface *comm,
					   struct usb_interface *data)
{
	struct omv_camera *cam = kvzalloc(sizeof(*cam), GFP_KERNEL);

	if (!cam)
		return NULL;
	cam->usb.dev = usb_get_dev(interface_to_usbdev(comm));
	cam->usb.comm = usb_get_intf(comm);
	cam->usb.data = usb_get_intf(data);
	cam->v4l2_dev.release = omv_camera_release;
	cam->tick_at = U64_MAX;
	spin_lock_init(&cam->lock);
	mutex_init(&cam->video_lock);
	mutex_init(&cam->queue_lock);
	INIT_LIST_HEAD(&cam->ctrls.controls);
	omv_nodes_alloc(cam);
	init_waitqueue_head(&cam->wait);
	init_completion(&cam->looked);
	INIT_DELAYED_WORK(&cam->tick, omv_tick);
	INIT_DELAYED_WORK(&cam->link, omv_link_work);
	INIT_DELAYED_WORK(&cam->peek, omv_peek_work);
	omv_host_init(&cam->host, &omv_host_ops, cam);
	return cam;
}

static int omv_camera_prepare(struct omv_camera *cam,
			      struct usb_endpoint_descriptor *in,
			      struct usb_endpoint_descriptor *out)
{
	int ret;

	cam->workqueue = alloc_ordered_workqueue("openmv", 0);
	if (!cam->workqueue)
		return -ENOMEM;
	ret = omv_usb_init(cam, in, out);
	if (ret)
		return ret;
	ret = omv_ctrl_init(cam);
	if (ret)
		return ret;
	ret = omv_video_init(cam);
	if (ret)
		return ret;
	omv_nodes_init(cam);
	return 0;
}

static bool omv_is_settled(struct omv_camera *cam, bool patient)
{
	return omv_is_ready(cam) ||
	       (READ_ONCE(cam->host.state) == OMV_HOST_LOST &&
		(!patient || cam->host.error != -ETIMEDOUT));
}

static int omv_camera_connect(struct omv_camera *cam)
{
	struct device *dev = &cam->usb.comm->dev;
	u16 vendor = le16_to_cpu(cam->usb.dev->descriptor.idVendor);
	/*
	 * A camera may be busy with its disk, which the host reads just now
	 * (T-30): then the link worker tries a second time.
	 */
	bool patient = vendor == OMV_VENDOR;
	int ret;

	ret = omv_session_start(cam);
	if (ret) {
		dev_err(dev, "activating the protocol failed: %d\n", ret);
		return ret;
	}
	wait_event_timeout(cam->wait, omv_is_settled(cam, patient),
			   msecs_to_jiffies(patient ? OMV_CONNECT_PATIENT_MS :
						      OMV_CONNECT_MS));
	if (omv_is_ready(cam))
		return 0;

	if (cam->host.error == -EPROTO)
		dev_err(dev, "camera offers packets of %u bytes, the protocol needs %u: not used\n",
			cam->host.offered_payload, OMV_MIN_PAYLOAD);
	else
		dev_info(dev, "no answer to SYNC: not a camera with the channel protocol (firmware 5.0 or later); left to cdc_acm\n");
	return -ENODEV;
}

/* Nothing of ours runs after this, and nobody waits for an answer. */
static void omv_camera_quiesce(struct omv_camera *cam)
{
	unsigned long flags;

	omv_session_stop(cam);
	cancel_delayed_work_sync(&cam->link);
	/* The link worker may have begun a session after the first stop. */
	omv_session_stop(cam);
	cancel_delayed_work_sync(&cam->peek);
	cancel_delayed_work_sync(&cam->ctrls.refresh);
	cancel_work_sync(&cam->nodes.work);
	cancel_delayed_work_sync(&cam->tick);

	spin_lock_irqsave(&cam->lock, flags);
	cam->tick_at = U64_MAX;
	spin_unlock_irqrestore(&cam->lock, flags);
}

static void omv_camera_shut(struct omv_camera *cam)
{
	unsigned long flags;

	spin_lock_irqsave(&cam->lock, flags);
	cam->gone = true;
	spin_unlock_irqrestore(&cam->lock, flags);
	omv_camera_quiesce(cam);
	omv_nodes_remove(cam);
}

struct omv_camera *omv_camera_probe(struct usb_interface *comm,
				    struct usb_interface *data,
				    struct usb_endpoint_descriptor *in,
				    struct usb_endpoint_descriptor *out)
{
	struct omv_camera *cam = omv_camera_alloc(comm, data);
	const u8 *version;
	int ret;

	if (!cam)
		return ERR_PTR(-ENOMEM);
	/* v4l2_device_register() would put its own pointer there. */
	usb_set_intfdata(comm, cam);
	ret = v4l2_device_register(&comm->dev, &cam->v4l2_dev);
	if (ret) {
		omv_camera_free(cam);
		return ERR_PTR(ret);
	}
	ret = omv_camera_prepare(cam, in, out);
	if (ret)
		goto err_put;
	ret = omv_camera_connect(cam);
	if (ret)
		goto err_shut;
	wait_for_completion_timeout(&cam->looked, msecs_to_jiffies(OMV_LOOK_MS));

	version = cam->host.version.protocol;
	dev_info(&comm->dev, "%s: channel protocol %u.%u.%u, %u bytes a packet\n",
		 cam->usb.dev->product ?: "camera", version[0], version[1],
		 version[2], cam->host.max_payload);
	ret = omv_video_register(cam);
	if (ret) {
		dev_err(&comm->dev, "registering the video node failed: %d\n",
			ret);
		goto err_shut;
	}
	omv_debugfs_add(cam);
	return cam;

err_shut:
	omv_camera_shut(cam);
err_put:
	v4l2_device_put(&cam->v4l2_dev);
	return ERR_PTR(ret);
}

void omv_camera_remove(struct omv_camera *cam)
{
	omv_debugfs_remove(cam);
	v4l2_device_disconnect(&cam->v4l2_dev);
	omv_camera_shut(cam);
	omv_video_unregister(cam);
	v4l2_device_put(&cam->v4l2_dev);
}

void omv_camera_suspend(struct omv_camera *cam)
{
	omv_camera_quiesce(cam);
}

void omv_camera_resume(struct omv_camera *cam)
{
	omv_session_try(cam);
}
