/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace points: packets, frames and changes of the session. A camera is
 * identified by USB bus number and device number, as in lsusb.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM openmv

#if !defined(OMV_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define OMV_TRACE_H

#include <linux/tracepoint.h>

#include <linux/usb.h>

#include "core/omv_host.h"
#include "core/omv_pump.h"

DECLARE_EVENT_CLASS(omv_packet,
		    TP_PROTO(const struct usb_device *dev,
			     const struct omv_packet *pkt),
		    TP_ARGS(dev, pkt),
		    TP_STRUCT__entry(__field(int, bus)
				     __field(int, dev)
				     __field(u8, seq)
				     __field(u8, channel)
				     __field(u8, flags)
				     __field(u8, opcode)
				     __field(u16, length)),
		    TP_fast_assign(__entry->bus = dev->bus->busnum;
				   __entry->dev = dev->devnum;
				   __entry->seq = pkt->seq;
				   __entry->channel = pkt->channel;
				   __entry->flags = pkt->flags;
				   __entry->opcode = pkt->opcode;
				   __entry->length = pkt->length;),
		    TP_printk("%d:%d seq=%u ch=%u fl=%02x op=%02x len=%u",
			      __entry->bus, __entry->dev, __entry->seq,
			      __entry->channel, __entry->flags,
			      __entry->opcode, __entry->length));

DEFINE_EVENT(omv_packet, omv_tx,
	     TP_PROTO(const struct usb_device *dev,
		      const struct omv_packet *pkt),
	     TP_ARGS(dev, pkt));

DEFINE_EVENT(omv_packet, omv_rx,
	     TP_PROTO(const struct usb_device *dev,
		      const struct omv_packet *pkt),
	     TP_ARGS(dev, pkt));

TRACE_EVENT(omv_frame,
	    TP_PROTO(const struct usb_device *dev, u32 sequence,
		     enum omv_pump_result result, u32 size),
	    TP_ARGS(dev, sequence, result, size),
	    TP_STRUCT__entry(__field(int, bus)
			     __field(int, dev)
			     __field(u32, sequence)
			     __field(int, result)
			     __field(u32, size)),
	    TP_fast_assign(__entry->bus = dev->bus->busnum;
			   __entry->dev = dev->devnum;
			   __entry->sequence = sequence;
			   __entry->result = result;
			   __entry->size = size;),
	    TP_printk("%d:%d sequence=%u %s size=%u", __entry->bus,
		      __entry->dev, __entry->sequence,
		      __print_symbolic(__entry->result,
				       { OMV_PUMP_DONE, "fetched" },
				       { OMV_PUMP_TOO_BIG, "too big" },
				       { OMV_PUMP_FAILED, "failed" },
				       { OMV_PUMP_STALE, "stale" },
				       { OMV_PUMP_MISSED, "missed" },
				       { OMV_PUMP_SKIPPED, "skipped" }),
		      __entry->size));

TRACE_EVENT(omv_state,
	    TP_PROTO(const struct usb_device *dev, enum omv_link_event event),
	    TP_ARGS(dev, event),
	    TP_STRUCT__entry(__field(int, bus)
			     __field(int, dev)
			     __field(int, event)),
	    TP_fast_assign(__entry->bus = dev->bus->busnum;
			   __entry->dev = dev->devnum;
			   __entry->event = event;),
	    TP_printk("%d:%d %s", __entry->bus, __entry->dev,
		      __print_symbolic(__entry->event,
				       { OMV_LINK_UP, "up" },
				       { OMV_LINK_DOWN, "down" },
				       { OMV_LINK_LOST, "lost" },
				       { OMV_LINK_CHANNELS, "channels" })));

#endif /* OMV_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE omv_trace
#include <trace/define_trace.h>
