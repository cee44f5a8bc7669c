/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What the nodes of a camera's channels can do besides read(), write() and poll():
 * /dev/openmv/CAMERA/CHANNEL, see Documentation/ABI/openmv.
 */
#ifndef _UAPI_OPENMV_H
#define _UAPI_OPENMV_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct openmv_shape - what the channel's shape() says
 * @count: values, 0 to 4
 * @dim:   the values
 */
struct openmv_shape {
	__u32 count;
	__u32 dim[4];
};

/**
 * struct openmv_event - the channel's last event
 * @count: events since the node was made; 0: none yet
 * @value: of the last; 0xffff if it had none
 * @reserved: 0
 */
struct openmv_event {
	__u32 count;
	__u16 value;
	__u16 reserved;
};

/**
 * struct openmv_command - a request of the channel's own
 * @code:   which one
 * @length: bytes at @data; as long as one packet of the camera can be, at least 46
 * @data:   address of its arguments
 */
struct openmv_command {
	__u32 code;
	__u32 length;
	__u64 data;
};

/* Bytes that can be read now. */
#define OPENMV_IOC_SIZE		_IOR('O', 0x40, __u32)
#define OPENMV_IOC_SHAPE	_IOR('O', 0x41, struct openmv_shape)
#define OPENMV_IOC_EVENT	_IOR('O', 0x42, struct openmv_event)
/* What the channel's poll() says: 1 or 0. Of stdin: a script runs. */
#define OPENMV_IOC_POLL		_IOR('O', 0x43, __u32)
/* These need a file that is open for writing; closing it unlocks, too. */
#define OPENMV_IOC_LOCK		_IO('O', 0x44)
#define OPENMV_IOC_UNLOCK	_IO('O', 0x45)
#define OPENMV_IOC_COMMAND	_IOW('O', 0x46, struct openmv_command)

/* Codes for OPENMV_IOC_COMMAND on stdin. */
#define OPENMV_STDIN_STOP	0x01
#define OPENMV_STDIN_EXEC	0x02
#define OPENMV_STDIN_RESET	0x03

#endif /* _UAPI_OPENMV_H */
