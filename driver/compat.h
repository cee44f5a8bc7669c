/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between the supported kernel versions. Not for upstream.
 */
#ifndef OMV_COMPAT_H
#define OMV_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/videodev2.h>

/* Since 6.13 vb2 unlocks the queue while waiting without these callbacks. */
#ifdef OMV_HAVE_VB2_WAIT
#define OMV_VB2_WAIT_OPS	.wait_prepare = vb2_ops_wait_prepare, \
				.wait_finish = vb2_ops_wait_finish,
#else
#define OMV_VB2_WAIT_OPS
#endif

/* Since 6.13 hrtimer_setup() replaces hrtimer_init(), which 6.15 removed. */
#ifdef OMV_HAVE_HRTIMER_SETUP
#define omv_hrtimer_setup	hrtimer_setup
#else
static inline void
omv_hrtimer_setup(struct hrtimer *timer,
		  enum hrtimer_restart (*function)(struct hrtimer *),
		  clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/* VIDIOC_REMOVE_BUFS exists since 6.10. */
#ifdef VIDIOC_REMOVE_BUFS
#define OMV_IOCTL_REMOVE_BUFS	.vidioc_remove_bufs = vb2_ioctl_remove_bufs,
#else
#define OMV_IOCTL_REMOVE_BUFS
#endif

/*
 * Since 6.8 VIDIOC_CREATE_BUFS reports the maximum number of buffers in a
 * formerly reserved field. Programs built before expect 0 there
 * (v4l2-compliance 1.22 of Debian 12 fails otherwise). Hide the limit: it is
 * the default of vb2.
 */
static inline void omv_hide_max_buffers(struct v4l2_create_buffers *create)
{
#ifdef V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS
	create->capabilities &= ~V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS;
	create->max_num_buffers = 0;
#endif
}

#endif /* OMV_COMPAT_H */
