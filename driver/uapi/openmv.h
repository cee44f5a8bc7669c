/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * ioctls of channel nodes, /dev/openmv/CAMERA/CHANNEL, and control ids of
 * /dev/videoN. See Documentation/userspace-api/media/drivers/openmv.rst.
 */
#ifndef _UAPI_OPENMV_H
#define _UAPI_OPENMV_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/v4l2-controls.h>

/*
 * The base for the openmv driver controls: parameters that a script on the
 * camera defines. We reserve 2048 controls for this driver. The id of a control
 * is derived from the name of its parameter.
 */
#define V4L2_CID_USER_OPENMV_BASE	(V4L2_CID_USER_BASE + 0x2000)

/**
 * struct openmv_shape - result of shape() of the channel
 * @count: number of values in @dim, 0 to 4
 * @dim:   values; their meaning depends on the channel
 */
struct openmv_shape {
	__u32 count;
	__u32 dim[4];
};

/**
 * struct openmv_event - last event of the channel
 * @count: number of events since the node was created
 * @value: value of the last event; 0xffff if the event had no value
 * @reserved: 0
 */
struct openmv_event {
	__u32 count;
	__u16 value;
	__u16 reserved;
};

/**
 * struct openmv_command - a request whose meaning depends on the channel
 * @code:   code of the request
 * @length: number of bytes at @data; must fit into one packet of the camera: up
 *	to 46 bytes fit with any camera
 * @data:   address of the arguments, cast to an integer
 */
struct openmv_command {
	__u32 code;
	__u32 length;
	__u64 data;
};

/* Number of bytes that can be read now. */
#define OPENMV_IOC_SIZE		_IOR('O', 0x40, __u32)
#define OPENMV_IOC_SHAPE	_IOR('O', 0x41, struct openmv_shape)
#define OPENMV_IOC_EVENT	_IOR('O', 0x42, struct openmv_event)
/* Result of poll() of the channel, 1 or 0; for stdin, 1 while a script runs. */
#define OPENMV_IOC_POLL		_IOR('O', 0x43, __u32)
/* The file must be open for writing. close() also unlocks the channel. */
#define OPENMV_IOC_LOCK		_IO('O', 0x44)
#define OPENMV_IOC_UNLOCK	_IO('O', 0x45)
#define OPENMV_IOC_COMMAND	_IOW('O', 0x46, struct openmv_command)

/* Codes for OPENMV_IOC_COMMAND on stdin. */
#define OPENMV_STDIN_STOP	0x01
#define OPENMV_STDIN_EXEC	0x02
#define OPENMV_STDIN_RESET	0x03

#endif /* _UAPI_OPENMV_H */
