/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The wire format of the channel protocol, for both ends.
 *
 * A packet is a struct omv_hdr. If its length is not 0, the payload and a
 * little-endian CRC-32 of the payload follow. All integers are little-endian.
 * There is no padding or alignment, and packets are not aligned to USB
 * transfers: each direction is a byte stream.
 *
 * In all comments, "protocol 12.3" means section 12.3, and "T-12" means trap
 * T-12, of Documentation/protocol.rst.
 */
#ifndef OMV_WIRE_H
#define OMV_WIRE_H

#include "omv_port.h"

/* Limits (protocol 1.2, 8.2). */
#define OMV_HDR_SIZE		10
#define OMV_CRC_SIZE		4
#define OMV_OVERHEAD		(OMV_HDR_SIZE + OMV_CRC_SIZE)
#define OMV_MIN_PAYLOAD		50	/* smallest max_payload of SET_CAPS */
#define OMV_MAX_PACKET		8192	/* largest buffer of any board */
#define OMV_MAX_PAYLOAD		(OMV_MAX_PACKET - OMV_OVERHEAD)
#define OMV_MAX_CHANNELS	32
#define OMV_READ_CHUNK		512	/* largest READ response of a read() */

/* Channels that a host looks up by name (protocol 8.1, 12.3, 12.5). */
#define OMV_CHANNEL_STDIN	"stdin"
#define OMV_CHANNEL_STDOUT	"stdout"
#define OMV_CHANNEL_STREAM	"stream"
#define OMV_CHANNEL_FRAME	"frame"
#define OMV_CHANNEL_CONFIG	"config"

/**
 * struct omv_hdr - packet header (protocol 1)
 * @sync:    OMV_SYNC
 * @seq:     sequence number: one counter for both directions (protocol 4)
 * @channel: channel id, or 0 for the protocol itself; copied to the response
 * @flags:   OMV_F_*
 * @opcode:  OMV_OP_*; copied to the response
 * @length:  number of payload bytes, without the CRC-32
 * @crc:     CRC-16 of the 8 bytes before it
 *
 * The comments at the opcodes are the payloads of request -> response.
 */
struct omv_hdr {
	__le16 sync;
#define OMV_SYNC		0xd5aa	/* AA D5 on the wire */
#define OMV_SYNC_0		0xaa
#define OMV_SYNC_1		0xd5
	u8 seq;
	u8 channel;
#define OMV_CH_TRANSPORT	0
#define OMV_CH_STDIN		1
#define OMV_CH_STDOUT		2
#define OMV_CH_STREAM		3
	u8 flags;
#define OMV_F_ACK		0x01
#define OMV_F_NAK		0x02	/* a host must never send it (T-4) */
#define OMV_F_RTX		0x04
#define OMV_F_ACK_REQ		0x08
#define OMV_F_FRAGMENT		0x10
#define OMV_F_EVENT		0x20
	u8 opcode;
#define OMV_OP_SYNC		0x00
#define OMV_OP_GET_CAPS		0x01	/* -> struct omv_caps */
#define OMV_OP_SET_CAPS		0x02	/* struct omv_caps -> */
#define OMV_OP_STATS		0x03	/* -> struct omv_stats */
#define OMV_OP_VERSION		0x04	/* -> struct omv_version */
#define OMV_OP_SYS_RESET	0x10
#define OMV_OP_SYS_BOOT		0x11
#define OMV_OP_SYS_INFO		0x12	/* -> struct omv_sys_info */
#define OMV_OP_SYS_EVENT	0x13	/* event: __le16 OMV_EV_* */
#define OMV_OP_SYS_MEMORY	0x14	/* -> struct omv_memory, records */
#define OMV_OP_LAST_SYSTEM	OMV_OP_SYS_MEMORY /* up to here: channel 0 */
#define OMV_OP_LIST		0x20	/* -> struct omv_channel_entry[] */
#define OMV_OP_POLL		0x21	/* -> __le32, a bit per channel id */
#define OMV_OP_LOCK		0x22
#define OMV_OP_UNLOCK		0x23
#define OMV_OP_SHAPE		0x24	/* -> up to 4 __le32 */
#define OMV_OP_SIZE		0x25	/* -> __le32 */
#define OMV_OP_READ		0x26	/* struct omv_range -> bytes */
#define OMV_OP_WRITE		0x27	/* struct omv_range, bytes -> */
#define OMV_OP_IOCTL		0x28	/* __le32 code, argument -> */
#define OMV_OP_CHANNEL_EVENT	0x29	/* event: __le16, or no payload */
	__le16 length;
	__le16 crc;
} __packed;

/* Status in the payload of a NAK, __le16 (protocol 3.1). */
#define OMV_ST_SUCCESS		0
#define OMV_ST_FAILED		1
#define OMV_ST_INVALID		2
#define OMV_ST_TIMEOUT		3
#define OMV_ST_BUSY		4
#define OMV_ST_CHECKSUM		5
#define OMV_ST_SEQUENCE		6
#define OMV_ST_OVERFLOW		7
#define OMV_ST_FRAGMENT		8
#define OMV_ST_UNKNOWN		9

/* Payload of OMV_OP_SYS_EVENT, __le16 (protocol 3.17). */
#define OMV_EV_REGISTERED	0x0000
#define OMV_EV_UNREGISTERED	0x0001
#define OMV_EV_SOFT_REBOOT	0x0002

/* Value of an OMV_OP_CHANNEL_EVENT without payload (protocol 3.17). */
#define OMV_EV_NOTIFY		0xffff

/**
 * struct omv_caps - response to GET_CAPS, payload of SET_CAPS (protocol 3.3)
 * @flags:       OMV_CAP_*
 * @max_payload: maximum payload of a packet in bytes, at least OMV_MIN_PAYLOAD
 * @reserved:    0
 */
struct omv_caps {
	__le32 flags;
#define OMV_CAP_CRC		0x01
#define OMV_CAP_SEQ		0x02
#define OMV_CAP_ACK		0x04
#define OMV_CAP_EVENTS		0x08
#define OMV_CAPS_DEFAULT \
	(OMV_CAP_CRC | OMV_CAP_SEQ | OMV_CAP_ACK | OMV_CAP_EVENTS)
	__le16 max_payload;
	u8 reserved[10];
} __packed;

/**
 * struct omv_stats - response to STATS: counters since power-up (protocol 3.4)
 * @sent_packets:     packets sent except events, including each fragment
 * @recv_packets:     executed requests
 * @checksum_errors:  payloads with a wrong CRC
 * @sequence_errors:  requests with a wrong sequence number
 * @retransmit:       packets retransmitted because no ACK arrived
 * @transport_errors: packets not sent because the host did not read
 * @sent_events:      attempts to send an event
 * @reserved:         0
 */
struct omv_stats {
	__le32 sent_packets;
	__le32 recv_packets;
	__le32 checksum_errors;
	__le32 sequence_errors;
	__le32 retransmit;
	__le32 transport_errors;
	__le32 sent_events;
	__le32 reserved;
} __packed;

/**
 * struct omv_version - response to VERSION: major, minor, patch (protocol 3.5)
 * @protocol:   version of the protocol
 * @bootloader: version of the boot loader
 * @firmware:   version of the firmware
 * @reserved:   0
 */
struct omv_version {
	u8 protocol[3];
	u8 bootloader[3];
	u8 firmware[3];
	u8 reserved[7];
} __packed;

/**
 * struct omv_sys_info - response to SYS_INFO (protocol 3.6)
 * @cpu_id:     ARM CPUID register
 * @dev_id:     unique id, most significant word first
 * @usb_id:     VID << 16 | PID from the build of the firmware; may differ from
 *	the USB descriptor
 * @chip_id:    ids of the detected sensors, 0 = none
 * @reserved0:  0
 * @hw_caps:    hardware capabilities; only word 0 is used
 * @flash_kib:  flash in KiB
 * @ram_kib:    RAM in KiB
 * @fb_kib:     frame buffer in KiB
 * @stream_kib: stream buffer in KiB
 * @reserved1:  0
 */
struct omv_sys_info {
	__le32 cpu_id;
	__le32 dev_id[3];
	__le32 usb_id;
	__le32 chip_id[3];
	__le32 reserved0[2];
	__le32 hw_caps[2];
	__le32 flash_kib;
	__le32 ram_kib;
	__le32 fb_kib;
	__le32 stream_kib;
	__le32 reserved1[3];
} __packed;

/**
 * struct omv_memory - start of the response to SYS_MEMORY (protocol 3.7)
 * @count:    number of struct omv_memory_record that follow
 * @reserved: 0
 */
struct omv_memory {
	u8 count;
	u8 reserved[3];
} __packed;

/**
 * struct omv_memory_record - one pool in the response to SYS_MEMORY
 * @type:     OMV_MEM_*
 * @reserved: 0
 * @flags:    flags of the pool
 * @total:    size in bytes
 * @used:     bytes in use
 * @free:     bytes not in use
 * @persist:  bytes kept across a soft reboot
 * @peak:     maximum of @used, in bytes
 */
struct omv_memory_record {
	u8 type;
#define OMV_MEM_GC		0
#define OMV_MEM_UMA		1
	u8 reserved;
	__le16 flags;
	__le32 total;
	__le32 used;
	__le32 free;
	__le32 persist;
	__le32 peak;
} __packed;

/**
 * struct omv_channel_entry - one channel in the response to LIST (protocol 3.9)
 * @id:    channel id, 0..31
 * @flags: OMV_CHF_*
 * @name:  NUL padded and terminated; may contain any bytes, not unique (T-31)
 */
struct omv_channel_entry {
	u8 id;
	u8 flags;
#define OMV_CHF_READ		0x01
#define OMV_CHF_WRITE		0x02
#define OMV_CHF_EXEC		0x04
#define OMV_CHF_LOCK		0x08
#define OMV_CHF_STREAM		0x10
#define OMV_CHF_DYNAMIC		0x20
#define OMV_CHF_PHYSICAL	0x40
#define OMV_NAME_SIZE		14
	char name[OMV_NAME_SIZE];
} __packed;

/**
 * struct omv_range - payload of READ, start of the payload of WRITE
 * @offset: offset of the first byte
 * @length: number of bytes; of a WRITE, exactly the bytes that follow (T-14)
 */
struct omv_range {
	__le32 offset;
	__le32 length;
} __packed;

/* IOCTL codes of built-in channels, with their arguments (protocol 9). */
#define OMV_STDIN_STOP		1	/* () */
#define OMV_STDIN_EXEC		2	/* () */
#define OMV_STDIN_RESET		3	/* () */
#define OMV_STREAM_CTRL		0	/* (__le32 enable) */
#define OMV_STREAM_RAW_CTRL	1	/* (__le32 enable) */
#define OMV_STREAM_RAW_CFG	2	/* (__le32 width, __le32 height) */
#define OMV_STREAM_SOURCE	3	/* (__le32 chip id) */

/**
 * struct omv_stream_hdr - header of a frame of ``stream`` (protocol 10.1)
 * @width:       width in pixels
 * @height:      height in pixels
 * @pixfmt:      OMV_PIX_*
 * @size_or_bpp: compressed: size of the image in bytes; raw: bytes per pixel
 * @offset:      offset of the image from the start of this header
 * @fps:         frames per second, running average, IEEE 754 float32
 * @reserved:    padding
 */
struct omv_stream_hdr {
	__le32 width;
	__le32 height;
	__le32 pixfmt;
#define OMV_PIX_BINARY		0x08010000
#define OMV_PIX_GRAYSCALE	0x08020001
#define OMV_PIX_RGB565		0x0c030002
#define OMV_PIX_ARGB8		0x0c080004
#define OMV_PIX_BGGR		0x05040001
#define OMV_PIX_GBRG		0x05040101
#define OMV_PIX_GRBG		0x05040201
#define OMV_PIX_RGGB		0x05040301
#define OMV_PIX_YUYV		0x14050002
#define OMV_PIX_YVYU		0x14050102
#define OMV_PIX_JPEG		0x06060000
#define OMV_PIX_PNG		0x06070000
	__le32 size_or_bpp;
	__le32 offset;
	__le32 fps;
	u8 reserved[8];
} __packed;

static_assert(sizeof(struct omv_hdr) == OMV_HDR_SIZE, "omv_hdr");
static_assert(sizeof(struct omv_caps) == 16, "omv_caps");
static_assert(sizeof(struct omv_stats) == 32, "omv_stats");
static_assert(sizeof(struct omv_version) == 16, "omv_version");
static_assert(sizeof(struct omv_sys_info) == 76, "omv_sys_info");
static_assert(sizeof(struct omv_memory) == 4, "omv_memory");
static_assert(sizeof(struct omv_memory_record) == 24, "omv_memory_record");
static_assert(sizeof(struct omv_channel_entry) == 16, "omv_channel_entry");
static_assert(sizeof(struct omv_range) == 8, "omv_range");
static_assert(sizeof(struct omv_stream_hdr) == 32, "omv_stream_hdr");

#endif /* OMV_WIRE_H */
