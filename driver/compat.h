/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels the module is built for. Not for upstream. */
#ifndef OMV_COMPAT_H
#define OMV_COMPAT_H

#include <linux/videodev2.h>

/* Since 6.13 vb2 drops and takes the queue's lock without these callbacks. */
#ifdef OMV_HAVE_VB2_WAIT
#define OMV_VB2_WAIT_OPS	.wait_prepare = vb2_ops_wait_prepare, \
				.wait_finish = vb2_ops_wait_finish,
#else
#define OMV_VB2_WAIT_OPS
#endif

/* Since 6.10 an application can remove single buffers. */
#ifdef VIDIOC_REMOVE_BUFS
#define OMV_IOCTL_REMOVE_BUFS	.vidioc_remove_bufs = vb2_ioctl_remove_bufs,
#else
#define OMV_IOCTL_REMOVE_BUFS
#endif

/*
 * Since 6.8 VIDIOC_CREATE_BUFS tells the most buffers there can be, in what programs
 * built before that expect to be 0 (v4l2-compliance 1.22 of Debian 12 fails). vb2's
 * own limit is what everybody assumes anyway.
 */
static inline void omv_hide_max_buffers(struct v4l2_create_buffers *create)
{
#ifdef V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS
	create->capabilities &= ~V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS;
	create->max_num_buffers = 0;
#endif
}

#endif /* OMV_COMPAT_H */
