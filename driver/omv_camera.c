// SPDX-License-Identifier: GPL-2.0-only
/*
 * The camera object: its lifetime, and the clients of its link.
 */
#include <linux/slab.h>

#include "omv_camera.h"
#include "omv_debugfs.h"
#include "openmv.h"

/*
 * How long the registration of the video node waits for controls and format, in
 * ms. A script that does not respond must not delay the node further.
 */
#define OMV_SCAN_MS	1000

enum {
	OMV_WARN_SILENT,
	OMV_WARN_UNUSABLE,
};

/* ---- registration of the video node ----------------------------------- */

static bool omv_camera_is_scanned(struct omv_camera *cam)
{
	return READ_ONCE(cam->link.disconnected) ||
	       (omv_client_is_scanned(&cam->ctrls.client) &&
		!omv_video_is_detecting(&cam->video));
}

static void omv_camera_greet(struct omv_camera *cam)
{
	const u8 *version = cam->link.host.version.protocol;

	dev_info(cam->link.dev,
		 "%s: channel protocol %u.%u.%u, %u bytes a packet\n",
		 cam->name, version[0], version[1], version[2],
		 cam->link.host.max_payload);
}

static void omv_camera_register(struct work_struct *work)
{
	struct omv_camera *cam = container_of(work, struct omv_camera,
					      register_work);
	int ret;

	wait_event_timeout(cam->link.wait, omv_camera_is_scanned(cam),
			   msecs_to_jiffies(OMV_SCAN_MS));
	if (cam->registered || READ_ONCE(cam->link.disconnected))
		return;
	cam->ops->answered(cam->link.usb.comm);
	omv_camera_greet(cam);
	ret = omv_video_register(&cam->video);
	if (ret) {
		dev_err(cam->link.dev,
			"registering the video node failed: %d\n", ret);
		cam->ops->give_up(cam->link.usb.comm, true);
		return;
	}
	omv_debugfs_add(cam);
	WRITE_ONCE(cam->registered, true);
	omv_videos_enable(&cam->videos);
}

/* ---- state of the session --------------------------------------------- */

/* The USB stack has -EPROTO, too: for a transfer that failed on the bus. */
static bool omv_camera_is_unusable(const struct omv_camera *cam)
{
	return cam->link.host.state == OMV_HOST_LOST &&
	       cam->link.host.error == -EPROTO;
}

static void omv_camera_give_up(struct omv_camera *cam)
{
	const struct omv_host *host = &cam->link.host;
	bool answered = omv_camera_is_unusable(cam);

	if (answered && !test_and_set_bit(OMV_WARN_UNUSABLE, &cam->warned))
		dev_err(cam->link.dev,
			"camera offers packets of %u bytes, the protocol needs %u: not used\n",
			host->offered_payload, OMV_MIN_PAYLOAD);
	cam->ops->give_up(cam->link.usb.comm, answered);
}

static void omv_camera_lost(struct omv_camera *cam)
{
	if (READ_ONCE(cam->registered))
		omv_warn_once(cam->link.dev, &cam->warned, OMV_WARN_SILENT,
			      "camera does not respond, retrying\n");
	else if (omv_camera_is_unusable(cam) || omv_now() >= cam->give_up_at)
		omv_camera_give_up(cam);
}

static void omv_camera_up(struct omv_camera *cam)
{
	if (test_and_clear_bit(OMV_WARN_SILENT, &cam->warned))
		dev_notice_ratelimited(cam->link.dev,
				       "camera responds again\n");
	if (!READ_ONCE(cam->registered))
		queue_work(system_freezable_wq, &cam->register_work);
}

static void omv_camera_changed(struct omv_client *client,
			       enum omv_link_event event)
{
	struct omv_camera *cam = container_of(client, struct omv_camera,
					      client);

	if (cam->link.disconnected)
		return;
	if (event == OMV_LINK_UP)
		omv_camera_up(cam);
	else if (event == OMV_LINK_LOST)
		omv_camera_lost(cam);
}

static const struct omv_client_ops omv_camera_client_ops = {
	.changed = omv_camera_changed,
};

/* ---- lifetime --------------------------------------------------------- */

static void omv_camera_free(struct omv_camera *cam)
{
	omv_ctrls_free(&cam->ctrls);
	omv_link_free(&cam->link);
	kvfree(cam);
}

/* The camera is disconnected, and its last open file is closed. */
static void omv_camera_release(struct v4l2_device *v4l2_dev)
{
	struct omv_camera *cam = container_of(v4l2_dev, struct omv_camera,
					      v4l2_dev);

	v4l2_device_unregister(&cam->v4l2_dev);
	omv_camera_free(cam);
}

static struct omv_camera *omv_camera_of_nodes(struct omv_nodes *nodes)
{
	return container_of(nodes, struct omv_camera, nodes);
}

static int omv_camera_set_picture(struct omv_nodes *nodes, const char *channel,
				  enum omv_picture_setting setting)
{
	return omv_videos_set(&omv_camera_of_nodes(nodes)->videos, channel,
			      setting);
}

static enum omv_picture_setting omv_camera_get_picture(struct omv_nodes *nodes,
						       const char *channel)
{
	return omv_videos_get(&omv_camera_of_nodes(nodes)->videos, channel);
}

static int omv_camera_video_name(struct omv_nodes *nodes, const char *channel,
				 char *buf, size_t size)
{
	return omv_videos_name(&omv_camera_of_nodes(nodes)->videos, channel,
			       buf, size);
}

static const struct omv_nodes_ops omv_camera_nodes_ops = {
	.set_picture = omv_camera_set_picture,
	.get_picture = omv_camera_get_picture,
	.video_name = omv_camera_video_name,
};

static int omv_camera_add_video(struct omv_camera *cam)
{
	const struct omv_video_config config = {
		.name = cam->name,
	};
	int ret;

	ret = omv_video_init(&cam->video, &cam->link, &cam->v4l2_dev, &config);
	if (ret)
		return ret;
	omv_video_add_input(&cam->video, OMV_CHANNEL_FRAME, &omv_fetch_frame);
	omv_video_add_input(&cam->video, OMV_CHANNEL_STREAM, &omv_fetch_stream);
	omv_video_attach(&cam->video);
	return 0;
}

/* The order of the clients is the order in which the link calls them. */
static int omv_camera_add_clients(struct omv_camera *cam)
{
	int ret;

	ret = omv_nodes_init(&cam->nodes, &cam->link, &cam->v4l2_dev,
			     &omv_camera_nodes_ops);
	if (ret)
		return ret;
	ret = omv_ctrls_init(&cam->ctrls, &cam->link);
	if (ret)
		return ret;
	cam->v4l2_dev.ctrl_handler = &cam->ctrls.handler;
	ret = omv_camera_add_video(cam);
	if (ret)
		return ret;
	omv_videos_init(&cam->videos, &cam->link, &cam->v4l2_dev, cam->name);
	omv_link_add(&cam->link, &cam->client, &omv_camera_client_ops);
	return 0;
}

/**
 * omv_camera_probe() - create a camera for a CDC function
 * @comm: communication interface
 * @data: data interface, claimed by the caller
 * @in: bulk IN endpoint
 * @out: bulk OUT endpoint
 * @ops: callbacks; the first call may come before this function returns
 * @patience_ms: how long the device may take to respond, in ms
 * @board: name of the board that has the USB id, or NULL
 *
 * Does not wait for the device. A work item of the link connects to it, and the
 * nodes are registered after the first response. Process context.
 *
 * Return: the camera, or an ERR_PTR()
 */
struct omv_camera *omv_camera_probe(struct usb_interface *comm,
				    struct usb_interface *data,
				    struct usb_endpoint_descriptor *in,
				    struct usb_endpoint_descriptor *out,
				    const struct omv_camera_ops *ops,
				    unsigned int patience_ms,
				    const char *board)
{
	struct omv_camera *cam = kvzalloc(sizeof(*cam), GFP_KERNEL);
	int ret;

	if (!cam)
		return ERR_PTR(-ENOMEM);
	cam->v4l2_dev.release = omv_camera_release;
	cam->ops = ops;
	omv_card_name(cam->name, board, interface_to_usbdev(comm)->product);
	cam->give_up_at = omv_now() + patience_ms;
	INIT_WORK(&cam->register_work, omv_camera_register);
	/* If drvdata is NULL, v4l2_device_register() sets it to v4l2_dev. */
	usb_set_intfdata(comm, cam);
	ret = omv_link_init(&cam->link, comm, data, in, out);
	if (!ret)
		ret = v4l2_device_register(&comm->dev, &cam->v4l2_dev);
	if (ret) {
		omv_camera_free(cam);
		return ERR_PTR(ret);
	}
	ret = omv_camera_add_clients(cam);
	if (ret) {
		omv_nodes_remove(&cam->nodes);
		v4l2_device_put(&cam->v4l2_dev);
		return ERR_PTR(ret);
	}
	omv_link_start(&cam->link);
	return cam;
}

/**
 * omv_camera_remove() - disconnect a camera, drop the reference of the caller
 * @cam: camera; the caller must not use it afterwards
 *
 * All waiters and pending requests fail with -ENODEV. May sleep.
 */
void omv_camera_remove(struct omv_camera *cam)
{
	omv_link_disconnect(&cam->link);
	cancel_work_sync(&cam->register_work);
	omv_videos_remove(&cam->videos);
	v4l2_device_disconnect(&cam->v4l2_dev);
	if (cam->registered) {
		omv_debugfs_remove(cam);
		omv_video_unregister(&cam->video);
	}
	omv_nodes_remove(&cam->nodes);
	v4l2_device_put(&cam->v4l2_dev);
}

/**
 * omv_camera_suspend() - end the session and stop all USB traffic
 * @cam: camera
 *
 * A running V4L2 stream stays on, but gets no frames. May sleep.
 */
void omv_camera_suspend(struct omv_camera *cam)
{
	omv_link_stop(&cam->link);
}

/**
 * omv_camera_resume() - start a new session
 * @cam: suspended camera
 *
 * Does not wait for the session. Process context.
 */
void omv_camera_resume(struct omv_camera *cam)
{
	omv_link_start(&cam->link);
}
