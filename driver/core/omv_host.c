// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The host end of a session (protocol 4 to 7, 17.1).
 */
#include "omv_host.h"

#define MAX_STRAYS	64

static void host_start_next(struct omv_host *host);

/* ---- sending ---------------------------------------------------------- */

static void host_send(struct omv_host *host, const struct omv_packet *pkt)
{
	host->stats.tx_packets++;
	if (host->ops->tx)
		host->ops->tx(host->ctx, pkt);
	/* Ignore errors: the timeout handles a lost packet. */
	host->ops->send(host->ctx, host->tx, omv_packet_encode(host->tx, pkt));
}

static void host_send_sync(struct omv_host *host)
{
	const struct omv_packet pkt = { .opcode = OMV_OP_SYNC };

	host->stats.syncs++;
	host->synced = false;
	host->strayed = false;
	host->deadline = host->now + OMV_SYNC_INTERVAL_MS;
	host_send(host, &pkt);
}

/*
 * Acknowledge each packet that has ACK_REQ, even if ack was negotiated off
 * (protocol 5.1).
 */
static void host_send_ack(struct omv_host *host, const struct omv_packet *to)
{
	const struct omv_packet pkt = {
		.seq = to->seq,
		.channel = to->channel,
		.flags = OMV_F_ACK,
		.opcode = to->opcode,
	};

	host->stats.acks++;
	host_send(host, &pkt);
}

/* ---- requests --------------------------------------------------------- */

static void host_complete(struct omv_host *host, struct omv_request *req,
			  int result)
{
	req->state = OMV_REQ_IDLE;
	req->result = result;
	req->complete(host, req);
}

static u32 host_expect(const struct omv_request *req)
{
	return req->opcode == OMV_OP_READ ? req->length :
					    req->head_size + req->size;
}

/* A request becomes the outstanding request: start its timeout. */
static void host_await(struct omv_host *host, u8 opcode, u8 channel, u32 expect,
		       struct omv_request *req)
{
	u32 timeout = host->state == OMV_HOST_SETUP ? OMV_SETUP_TIMEOUT_MS :
						      OMV_REQUEST_TIMEOUT_MS;

	host->busy = true;
	host->predicted_seq = -1;
	host->opcode = opcode;
	host->channel = channel;
	host->expect = expect;
	host->req = req;
	host->received = 0;
	host->uneven = false;
	host->sent_at = host->now;
	host->deadline = host->now + timeout;
	host->cap = host->now + OMV_REQUEST_CAP_MS;
}

/* The request that was pipelined after it becomes the outstanding request. */
static void host_advance(struct omv_host *host)
{
	host->busy = false;
	host->req = NULL;
	if (!host->pipelined.sent)
		return;
	host->pipelined.sent = false;
	host_await(host, host->pipelined.opcode, host->pipelined.channel,
		   host->pipelined.expect, host->pipelined.req);
	host->predicted_seq = host->pipelined.seq;
}

/* Complete the outstanding request. */
static void host_finish(struct omv_host *host, int result)
{
	struct omv_request *req = host->req;
	u32 received = host->received;

	omv_parser_detach(&host->parser);
	host_advance(host);
	if (!req)
		return;
	req->received = received;
	host_complete(host, req, result);
}

static void host_queue_first(struct omv_host *host, struct omv_request *req)
{
	req->state = OMV_REQ_QUEUED;
	req->next = host->head;
	host->head = req;
	if (!host->tail)
		host->tail = req;
}

static void host_unqueue(struct omv_host *host, struct omv_request *req)
{
	struct omv_request **link = &host->head;
	struct omv_request *prev = NULL;

	while (*link && *link != req) {
		prev = *link;
		link = &prev->next;
	}
	if (!*link)
		return;
	*link = req->next;
	if (host->tail == req)
		host->tail = prev;
}

/*
 * Urgent requests come first. Then early requests and others take turns, so
 * that none waits for more than one of the other kind. Oldest first.
 */
static struct omv_request *host_select(const struct omv_host *host)
{
	struct omv_request *req = host->head;

	if (!req || req->urgent)
		return req;
	while (req && req->early == host->was_early)
		req = req->next;
	return req ? req : host->head;
}

static struct omv_request *host_dequeue(struct omv_host *host)
{
	struct omv_request *req = host_select(host);

	if (!req)
		return NULL;
	host_unqueue(host, req);
	if (!req->urgent)
		host->was_early = req->early;
	/* Keep its pipelined request next in the queue, if not sent at once. */
	if (req->pipelined && req->pipelined->state == OMV_REQ_PIPELINED) {
		req->pipelined->urgent = true;
		host_queue_first(host, req->pipelined);
	}
	return req;
}

/*
 * The state must not be READY, so that callbacks cannot submit requests. They
 * may cancel requests.
 */
static void host_fail_all(struct omv_host *host, int active, int queued)
{
	struct omv_request *req;

	while (host->busy)
		host_finish(host, active);
	while ((req = host_dequeue(host)))
		host_complete(host, req, queued);
}

static void host_build(struct omv_host *host, const struct omv_request *req,
		       u8 seq)
{
	struct omv_packet pkt = {
		.seq = seq,
		.channel = req->channel,
		.opcode = req->opcode,
		.payload = host->tx + OMV_HDR_SIZE,
	};
	struct omv_range *range = (struct omv_range *)pkt.payload;
	__le32 code = cpu_to_le32(req->offset);
	u8 *data = host->tx + OMV_HDR_SIZE;

	switch (req->opcode) {
	case OMV_OP_WRITE:
		memcpy(data + sizeof(*range), req->data, req->length);
		pkt.length = req->length;
		fallthrough;
	case OMV_OP_READ:
		range->offset = cpu_to_le32(req->offset);
		range->length = cpu_to_le32(req->length);
		pkt.length += sizeof(*range);
		break;
	case OMV_OP_IOCTL:
		memcpy(data, &code, sizeof(code));
		if (req->length)
			memcpy(data + sizeof(code), req->data, req->length);
		pkt.length = sizeof(code) + req->length;
		break;
	case OMV_OP_SET_CAPS:
		memcpy(data, req->data, req->length);
		pkt.length = req->length;
		break;
	}
	host_send(host, &pkt);
}

static void host_send_request(struct omv_host *host, struct omv_request *req)
{
	req->state = OMV_REQ_ACTIVE;
	host_await(host, req->opcode, req->channel, host_expect(req), req);
	host_build(host, req, host->seq);
}

/* Return: number of packets of @bytes of a response; each has its own seq */
static u8 host_cost(const struct omv_host *host, u8 opcode, u32 bytes)
{
	u32 max = host->max_payload;

	return opcode == OMV_OP_READ ? (bytes + max - 1) / max : 1;
}

/* Send @req after the outstanding request, of which @left bytes are missing. */
static void host_send_pipelined(struct omv_host *host, struct omv_request *req,
				u32 left)
{
	host->pipelined.sent = true;
	host->pipelined.opcode = req->opcode;
	host->pipelined.channel = req->channel;
	host->pipelined.expect = host_expect(req);
	host->pipelined.seq = host->seq + host_cost(host, host->opcode, left);
	host->pipelined.req = req;
	req->state = OMV_REQ_ACTIVE;
	/* Mispredictions are rare: forget one now and then. */
	if (!(++host->stats.pipelined % OMV_PIPELINE_FORGET) &&
	    host->pipeline_faults)
		host->pipeline_faults--;
	host_build(host, req, host->pipelined.seq);
}

/*
 * A request may follow the outstanding READ when a full fragment has arrived:
 * the READ is no longer in the receive buffer of the camera, which may have 512
 * bytes, and the number of the remaining packets is known (T-10, T-11). A
 * channel with read() answers in smaller packets, whose number is not known.
 */
static bool host_is_predictable(const struct omv_host *host)
{
	return host->pipelining && !host->pipelined.sent && !host->suspect &&
	       host->opcode == OMV_OP_READ && !host->uneven &&
	       host->received && host->received < host->expect;
}

/*
 * Send an early request if no other one waits. Only SIZE: if the camera refuses
 * a packet, it parses the payload of the packet (protocol 6.1).
 */
static void host_send_early(struct omv_host *host)
{
	struct omv_request *req = host->head;

	if (!req || req->next || !req->early || req->opcode != OMV_OP_SIZE ||
	    host->relist_at <= host->now || !host_is_predictable(host))
		return;
	host_dequeue(host);
	host->stats.early++;
	host_send_pipelined(host, req, host->expect - host->received);
}

/* Switch pipelining off if the camera does not behave as T-11 describes. */
static void host_pipeline_fault(struct omv_host *host)
{
	if (++host->pipeline_faults < OMV_PIPELINE_FAULTS)
		return;
	host->pipelining = false;
	host->pipeline_faults = 0;
}

/*
 * If the camera refused a pipelined request because its sequence number was
 * predicted wrongly, send it again with the current number. Return: true if so
 */
static bool host_mispredicted(struct omv_host *host, u16 status)
{
	struct omv_request *req = host->req;

	if (status != OMV_ST_SEQUENCE || host->predicted_seq < 0 ||
	    host->predicted_seq == (u8)(host->seq - 1))
		return false;
	host->stats.mispredicted++;
	host_pipeline_fault(host);
	host->busy = false;
	host->predicted_seq = -1;
	if (req)
		host_send_request(host, req);
	return true;
}

/* ---- the state machine ------------------------------------------------ */

static void host_enter(struct omv_host *host, enum omv_host_state state)
{
	host->state = state;
	host->deadline = U64_MAX;
	host->suspect = false;
	host->relist_at = U64_MAX;
}

/*
 * Leave the session: its requests fail, and packets of any length are accepted
 * until max_payload is negotiated again.
 */
static void host_down(struct omv_host *host, enum omv_host_state state, int err)
{
	bool was_up = host->state == OMV_HOST_READY;

	host_enter(host, state);
	omv_parser_set_limit(&host->parser, OMV_MAX_PAYLOAD);
	host_fail_all(host, err, -EAGAIN);
	if (was_up)
		host->ops->link_changed(host->ctx, OMV_LINK_DOWN);
}

static void host_resync(struct omv_host *host, unsigned int tries, int err)
{
	host_down(host, OMV_HOST_SYNC, err);
	/* A callback may have called omv_host_stop(). */
	if (host->state != OMV_HOST_SYNC)
		return;
	host->tries = tries;
	host_send_sync(host);
}

/* A fault in state READY (protocol 17.1.5, 17.1.8). */
static void host_recover(struct omv_host *host, int err)
{
	if (host->pipelined.sent || host->predicted_seq >= 0)
		host_pipeline_fault(host);
	host_resync(host, OMV_SYNC_TRIES, err);
}

static void host_lost(struct omv_host *host, int err)
{
	host_down(host, OMV_HOST_LOST, err);
	host->error = err;
	host->ops->link_changed(host->ctx, OMV_LINK_LOST);
}

/* SYNC again with the remaining tries, which limits the number of SYNCs. */
static void host_retry(struct omv_host *host, int err)
{
	if (host->tries <= 1)
		host_lost(host, err);
	else
		host_resync(host, host->tries - 1, err);
}

static void host_send_internal(struct omv_host *host, u8 opcode, u32 length)
{
	struct omv_request *req = &host->internal_req;

	req->opcode = opcode;
	req->length = length;
	req->data = host->internal_buf;
	req->buf = host->internal_buf;
	req->size = sizeof(host->internal_buf);
	host_send_request(host, req);
}

static void host_begin_setup(struct omv_host *host)
{
	host_enter(host, OMV_HOST_SETUP);
	host->relist_again = false;
	host->pipelined.sent = false;
	host_advance(host);
	host->seq = 0;
	host_send_internal(host, OMV_OP_GET_CAPS, 0);
}

/*
 * ack off: it costs a round trip for each fragment, and stalls the camera. crc
 * on: the only protection against interleaved packets (T-21).
 */
static int host_set_caps(struct omv_host *host)
{
	struct omv_caps *caps = (struct omv_caps *)host->internal_buf;
	u16 max;

	if (host->internal_req.received < sizeof(*caps))
		return -EPROTO;
	max = le16_to_cpu(caps->max_payload);
	host->offered_payload = max;
	if (max < OMV_MIN_PAYLOAD)
		return -EPROTO;
	host->max_payload = max < OMV_MAX_PAYLOAD ? max : OMV_MAX_PAYLOAD;

	memset(caps, 0, sizeof(*caps));
	caps->flags = cpu_to_le32(OMV_CAP_CRC | OMV_CAP_SEQ | OMV_CAP_EVENTS);
	caps->max_payload = cpu_to_le16(host->max_payload);
	host_send_internal(host, OMV_OP_SET_CAPS, sizeof(*caps));
	return 0;
}

/* Update the channel table. Return: true if it has changed */
static bool host_take_list(struct omv_host *host)
{
	const struct omv_channel_entry *entry =
		(const void *)host->internal_buf;
	u32 left = host->internal_req.received / sizeof(*entry);
	unsigned int count = 0;
	bool changed = false;

	for (; left; left--, entry++) {
		struct omv_channel row = { .id = entry->id };

		/* Requests to the transport are never allowed (T-15). */
		if (!entry->id || entry->id >= OMV_MAX_CHANNELS)
			continue;
		row.flags = entry->flags;
		memcpy(row.name, entry->name, sizeof(row.name) - 1);
		if (count >= host->channel_count ||
		    memcmp(&host->channels[count], &row, sizeof(row)))
			changed = true;
		host->channels[count++] = row;
	}
	if (count != host->channel_count)
		changed = true;
	host->channel_count = count;
	return changed;
}

static void host_ready(struct omv_host *host)
{
	host_take_list(host);
	host->listed_at = host->now;
	host_enter(host, OMV_HOST_READY);
	/* A channel was registered during setup (protocol 8.3). */
	if (host->relist_again)
		host->relist_at = host->now + OMV_RELIST_MS;
	host->relist_again = false;
	host->strays = 0;
	omv_parser_set_limit(&host->parser, host->max_payload);
	host->ops->link_changed(host->ctx, OMV_LINK_UP);
	host_start_next(host);
}

static void host_relisted(struct omv_host *host, int result)
{
	bool again = host->relist_again;

	host->relist_again = false;
	/* Also after an error: at most one LIST per interval (T-18). */
	host->listed_at = host->now;
	if (result)
		return;
	/* The event is sent before the channel is visible (protocol 8.3). */
	if (host_take_list(host))
		host->ops->link_changed(host->ctx, OMV_LINK_CHANNELS);
	else if (again)
		host->relist_at = host->now + OMV_RELIST_MS;
}

/* Response to a request of the setup, or to a LIST in state READY. */
static void host_internal_complete(struct omv_host *host,
				   struct omv_request *req)
{
	if (host->state == OMV_HOST_READY) {
		host_relisted(host, req->result);
		return;
	}
	if (host->state != OMV_HOST_SETUP)
		return;
	if (req->result) {
		host_retry(host, req->result);
		return;
	}

	switch (req->opcode) {
	case OMV_OP_GET_CAPS:
		if (host_set_caps(host))
			host_lost(host, -EPROTO);
		break;
	case OMV_OP_SET_CAPS:
		host_send_internal(host, OMV_OP_VERSION, 0);
		break;
	case OMV_OP_VERSION:
		memset(&host->version, 0, sizeof(host->version));
		memcpy(&host->version, host->internal_buf,
		       req->received < sizeof(host->version) ?
		       req->received : sizeof(host->version));
		host_send_internal(host, OMV_OP_LIST, 0);
		break;
	case OMV_OP_LIST:
		host_ready(host);
		break;
	}
}

static void host_start_next(struct omv_host *host)
{
	struct omv_request *req;
	bool pipeline;

	if (host->state != OMV_HOST_READY)
		return;
	if (host->busy) {
		host_send_early(host);
		return;
	}
	if (host->suspect) {
		host_recover(host, -ECONNRESET);
		return;
	}
	if (host->relist_at <= host->now) {
		host->relist_at = U64_MAX;
		host_send_internal(host, OMV_OP_LIST, 0);
		return;
	}
	req = host_dequeue(host);
	if (!req)
		return;
	pipeline = host->head && host->head == req->pipelined &&
		   host->pipelining;
	if (pipeline)
		host_dequeue(host);
	host_send_request(host, req);
	if (pipeline)
		host_send_pipelined(host, req->pipelined, host->expect);
}

/* ---- receiving -------------------------------------------------------- */

static void host_relist(struct omv_host *host, bool again)
{
	u64 earliest = host->listed_at + OMV_RELIST_MS;

	/* At most one LIST per interval, however many events come (T-18). */
	if (host->relist_at == U64_MAX)
		host->relist_at = earliest > host->now ? earliest : host->now;
	if (again)
		host->relist_again = true;
}

static void host_soft_reboot(struct omv_host *host)
{
	unsigned int i, kept = 0;

	for (i = 0; i < host->channel_count; i++)
		if (!(host->channels[i].flags & OMV_CHF_DYNAMIC))
			host->channels[kept++] = host->channels[i];
	host->channel_count = kept;
	host_down(host, OMV_HOST_PAUSE, -ECONNRESET);
	if (host->state == OMV_HOST_PAUSE)
		host->deadline = host->now + OMV_REBOOT_PAUSE_MS;
}

static void host_sys_event(struct omv_host *host, u16 value)
{
	if (value == OMV_EV_SOFT_REBOOT)
		host_soft_reboot(host);
	else if (host->state == OMV_HOST_READY)
		host_relist(host, true);
	else if (host->state == OMV_HOST_SETUP)
		host->relist_again = true;
}

static const struct omv_channel *host_channel(const struct omv_host *host,
					      u8 id)
{
	unsigned int i;

	for (i = 0; i < host->channel_count; i++)
		if (host->channels[i].id == id)
			return &host->channels[i];
	return NULL;
}

static void host_event(struct omv_host *host, const struct omv_packet *pkt)
{
	u16 value = OMV_EV_NOTIFY;

	host->stats.events++;
	if (pkt->length >= 2)
		value = pkt->payload[0] | pkt->payload[1] << 8;

	if (pkt->opcode == OMV_OP_SYS_EVENT) {
		if (host->state != OMV_HOST_LOST)
			host_sys_event(host, value);
		return;
	}
	if (pkt->opcode != OMV_OP_CHANNEL_EVENT ||
	    host->state != OMV_HOST_READY)
		return;
	if (host_channel(host, pkt->channel))
		host->ops->event(host->ctx, pkt->channel, value);
	else
		host_relist(host, false);
}

static int host_nak_result(u16 status)
{
	switch (status) {
	case OMV_ST_FAILED:
		return -EIO;
	case OMV_ST_INVALID:
		return -EINVAL;
	case OMV_ST_TIMEOUT:
		return -ETIMEDOUT;
	case OMV_ST_BUSY:
		return -EBUSY;
	case OMV_ST_CHECKSUM:
	case OMV_ST_SEQUENCE:
	case OMV_ST_OVERFLOW:
		return -EIO;
	default:
		return -EPROTO;
	}
}

/* A NAK ends a response, even after some fragments (T-5). */
static void host_nak(struct omv_host *host, const struct omv_packet *pkt)
{
	u16 status = OMV_ST_UNKNOWN;

	host->stats.naks++;
	if (pkt->length >= 2)
		status = pkt->payload[0] | pkt->payload[1] << 8;
	if (host_mispredicted(host, status))
		return;
	if (host->req)
		host->req->nak = status;

	/*
	 * The camera refused the packet, not the request: counter or
	 * capabilities of the two ends differ (T-6, T-7).
	 */
	if (status == OMV_ST_CHECKSUM || status == OMV_ST_SEQUENCE ||
	    status == OMV_ST_OVERFLOW)
		host->suspect = true;
	host_finish(host, host_nak_result(status));
}

/* Check the length of a complete response. */
static int host_check(const struct omv_host *host)
{
	switch (host->opcode) {
	case OMV_OP_READ:
		return host->received == host->expect ? 0 : -EPROTO;
	case OMV_OP_SIZE:
	case OMV_OP_POLL:
		return host->received >= sizeof(__le32) ? 0 : -EPROTO;
	default:
		return 0;
	}
}

/* Any valid packet restarts the response timeout, up to @cap (T-19). */
static void host_alive(struct omv_host *host)
{
	u64 deadline = host->now + OMV_REQUEST_TIMEOUT_MS;

	if (host->state == OMV_HOST_READY && host->busy)
		host->deadline = deadline < host->cap ? deadline : host->cap;
}

/*
 * A fragment moves @cap, too. The limit for the whole response ensures that a
 * camera that sends single bytes cannot keep a request open for hours.
 */
static void host_extend(struct omv_host *host)
{
	u64 cap = host->now + OMV_REQUEST_CAP_MS;
	u64 end = host->sent_at + OMV_RESPONSE_CAP_MS + host->received;

	host->cap = cap < end ? cap : end;
	host_alive(host);
}

/*
 * Return: destination of byte @at of the response. On entry @len is the number
 * of bytes to store, on return the number of them that fit there.
 */
static u8 *host_place(const struct omv_host *host, u32 at, u32 *len)
{
	const struct omv_request *req = host->req;

	if (at >= req->head_size)
		return (u8 *)req->buf + at - req->head_size;
	if (*len > req->head_size - at)
		*len = req->head_size - at;
	return (u8 *)req->head + at;
}

/* Copy a fragment, unless the parser has written it there: host_payload(). */
static void host_store(struct omv_host *host, const struct omv_packet *pkt)
{
	u32 done = 0, len;
	u8 *at;

	while (done < pkt->length) {
		len = pkt->length - done;
		at = host_place(host, host->received + done, &len);
		if (pkt->payload + done != at)
			memcpy(at, pkt->payload + done, len);
		done += len;
	}
}

static void host_response(struct omv_host *host, const struct omv_packet *pkt)
{
	bool more = pkt->flags & OMV_F_FRAGMENT;

	if (pkt->flags & OMV_F_NAK) {
		host_nak(host, pkt);
		return;
	}
	if (pkt->length > host->expect - host->received ||
	    (more && !pkt->length)) {
		/* Longer than requested, or an endless number of fragments. */
		if (host->state == OMV_HOST_READY)
			host->suspect = true;
		host_finish(host, -EPROTO);
		return;
	}
	if (host->req && host->req->buf)
		host_store(host, pkt);
	host->received += pkt->length;
	if (pkt->length != host->max_payload)
		host->uneven = true;
	if (more)
		host_extend(host);
	else
		host_finish(host, host_check(host));
}

static bool host_is_response(const struct omv_host *host,
			     const struct omv_packet *pkt)
{
	return host->busy && pkt->opcode == host->opcode &&
	       pkt->channel == host->channel;
}

static bool host_is_sync_ack(const struct omv_packet *pkt)
{
	return (pkt->flags & OMV_F_ACK) && pkt->opcode == OMV_OP_SYNC &&
	       !pkt->channel && !pkt->seq && !pkt->length;
}

/*
 * Send no request until the camera is quiet after the SYNC ACK. A READ that was
 * interrupted by the SYNC may continue, and a request in the receive buffer of
 * the camera would block the ACKs for its fragments (protocol 6.4, T-10).
 */
static void host_wait_quiet(struct omv_host *host)
{
	host->deadline = host->now + OMV_QUIET_MS;
	if (host->deadline > host->cap)
		host->deadline = host->cap;
}

static void host_synced(struct omv_host *host)
{
	host->synced = true;
	host->strayed = false;
	host->cap = host->now + OMV_QUIET_CAP_MS;
	host_wait_quiet(host);
}

/*
 * The wait after the SYNC ACK is over. After stray packets the sequence numbers
 * may differ: SYNC again (protocol 6.4).
 */
static void host_quiet(struct omv_host *host)
{
	if (!host->strayed)
		host_begin_setup(host);
	else if (host->now >= host->cap || ++host->strays > MAX_STRAYS)
		host_retry(host, -EPROTO);
	else
		host_resync(host, host->tries, -EPROTO);
}

/* A packet that does not match the outstanding request. */
static void host_stray(struct omv_host *host)
{
	host->stats.stray++;
	if (host->state == OMV_HOST_SETUP) {
		host_down(host, OMV_HOST_SYNC, -EPROTO);
		host_synced(host);
	}
	if (host->state != OMV_HOST_SYNC)
		return;
	if (host->synced) {
		host->strayed = true;
		host_wait_quiet(host);
	} else if (++host->strays <= MAX_STRAYS) {
		host->deadline = host->now + OMV_SYNC_INTERVAL_MS;
	}
}

static void host_in_session(struct omv_host *host, const struct omv_packet *pkt)
{
	/* Response to an earlier SYNC: the counter was reset again. */
	if (host->state == OMV_HOST_SETUP && host_is_sync_ack(pkt)) {
		host_down(host, OMV_HOST_SYNC, -EPROTO);
		host_synced(host);
		return;
	}
	if (pkt->seq != host->seq) {
		if (pkt->flags & OMV_F_RTX) {
			host->stats.stray++;
			return;
		}
		host->stats.seq_errors++;
		if (host->state == OMV_HOST_SETUP)
			host_stray(host);
		else
			host_recover(host, -ECONNRESET);
		return;
	}
	host->seq++;
	if (host_is_response(host, pkt))
		host_response(host, pkt);
	else
		host_stray(host);
}

static void host_packet(void *ctx, const struct omv_packet *pkt)
{
	struct omv_host *host = ctx;

	/* A callback called omv_host_stop(); the parser has more bytes. */
	if (host->state == OMV_HOST_STOPPED)
		return;
	host->stats.rx_packets++;
	if (host->ops->rx)
		host->ops->rx(host->ctx, pkt);
	host_alive(host);
	if (pkt->flags & OMV_F_ACK_REQ) {
		host_send_ack(host, pkt);
		/* ack was negotiated off: the capabilities reverted (T-7). */
		if (host->state == OMV_HOST_READY)
			host->suspect = true;
	}
	if (pkt->flags & OMV_F_EVENT) {
		host_event(host, pkt);
	} else if (host->state == OMV_HOST_SYNC) {
		if (host_is_sync_ack(pkt))
			host_synced(host);
		else
			host_stray(host);
	} else if (host->state == OMV_HOST_SETUP ||
		   host->state == OMV_HOST_READY) {
		host_in_session(host, pkt);
	}
	host_start_next(host);
}

/* Let the parser write a response directly to the buffer of the request. */
static u8 *host_payload(void *ctx, const struct omv_packet *pkt)
{
	struct omv_host *host = ctx;
	u32 len = pkt->length;
	u8 *at;

	if (!host_is_response(host, pkt) || !host->req || !host->req->buf ||
	    pkt->seq != host->seq ||
	    (pkt->flags & (OMV_F_EVENT | OMV_F_NAK)) ||
	    pkt->length > host->expect - host->received)
		return NULL;
	at = host_place(host, host->received, &len);
	return len == pkt->length ? at : NULL;
}

static const struct omv_parser_ops host_parser_ops = {
	.payload = host_payload,
	.packet = host_packet,
};

/* ---- interface for the owner ------------------------------------------ */

/**
 * omv_host_init() - initialize a host end, in state STOPPED
 * @host: host end, about 26 KiB; need not be zeroed
 * @ops: callbacks
 * @ctx: first argument of the callbacks
 */
void omv_host_init(struct omv_host *host, const struct omv_host_ops *ops,
		   void *ctx)
{
	memset(host, 0, sizeof(*host));
	host->ops = ops;
	host->ctx = ctx;
	host->internal_req.complete = host_internal_complete;
	host->predicted_seq = -1;
	host->pipelining = true;
	host_enter(host, OMV_HOST_STOPPED);
	omv_parser_init(&host->parser, &host_parser_ops, host);
}

/**
 * omv_host_start() - start a session
 * @host: stopped or lost host end
 * @now: time in ms, from any start; must never go back
 *
 * The protocol must be active on the camera (protocol 11.1). The result is
 * OMV_LINK_UP or OMV_LINK_LOST.
 */
void omv_host_start(struct omv_host *host, u64 now)
{
	host->now = now;
	host->error = 0;
	host->strays = 0;
	omv_parser_reset(&host->parser);
	host_resync(host, OMV_SYNC_TRIES, -ECONNRESET);
}

/**
 * omv_host_stop() - end the session
 * @host: host end
 *
 * Completes all requests with -ENODEV, and sends nothing. Buffers of requests
 * are not accessed afterwards.
 */
void omv_host_stop(struct omv_host *host)
{
	host_enter(host, OMV_HOST_STOPPED);
	host_fail_all(host, -ENODEV, -ENODEV);
	omv_parser_reset(&host->parser);
	host->channel_count = 0;
}

/**
 * omv_host_input() - handle received bytes
 * @host: host end
 * @data: bytes; packets may begin and end anywhere in it
 * @len: number of bytes
 * @now: time in ms
 */
void omv_host_input(struct omv_host *host, const void *data, size_t len,
		    u64 now)
{
	host->now = now;
	if (host->state != OMV_HOST_STOPPED)
		omv_parser_input(&host->parser, data, len, now);
}

static void host_timeout(struct omv_host *host)
{
	switch (host->state) {
	case OMV_HOST_SYNC:
		if (host->synced)
			host_quiet(host);
		else if (!--host->tries)
			host_lost(host, -ETIMEDOUT);
		else
			host_send_sync(host);
		break;
	case OMV_HOST_SETUP:
		host->stats.timeouts++;
		host_retry(host, -ETIMEDOUT);
		break;
	case OMV_HOST_READY:
		host->stats.timeouts++;
		host_recover(host, -ETIMEDOUT);
		break;
	case OMV_HOST_PAUSE:
		host_resync(host, OMV_SYNC_TRIES_REBOOT, -ECONNRESET);
		break;
	default:
		break;
	}
}

/* Without an outstanding request, state READY has no timeout. */
static u64 host_state_deadline(const struct omv_host *host)
{
	if (host->state == OMV_HOST_READY && !host->busy)
		return host->relist_at;
	return host->deadline;
}

/**
 * omv_host_tick() - handle expired deadlines
 * @host: host end
 * @now: time in ms
 */
void omv_host_tick(struct omv_host *host, u64 now)
{
	host->now = now;
	if (host->state == OMV_HOST_STOPPED)
		return;
	omv_parser_tick(&host->parser, now);
	if (now < host_state_deadline(host))
		return;
	if (host->state == OMV_HOST_READY && !host->busy)
		host_start_next(host);
	else
		host_timeout(host);
}

/**
 * omv_host_deadline() - time by which omv_host_tick() must be called
 * @host: host end
 *
 * Return: time in ms, U64_MAX for never
 */
u64 omv_host_deadline(const struct omv_host *host)
{
	u64 parser = omv_parser_deadline(&host->parser);
	u64 state = host_state_deadline(host);

	if (host->state == OMV_HOST_STOPPED)
		return U64_MAX;
	return parser < state ? parser : state;
}

/* Refuse requests that could harm an end (protocol 17.1.11, T-14, T-15). */
static bool host_can_send(const struct omv_host *host,
			  const struct omv_request *req)
{
	bool has_channel = req->channel && req->channel < OMV_MAX_CHANNELS;

	switch (req->opcode) {
	case OMV_OP_STATS:
	case OMV_OP_SYS_INFO:
	case OMV_OP_LIST:
		return !req->channel;
	case OMV_OP_POLL:
		return !req->channel && req->buf && req->size >= sizeof(__le32);
	case OMV_OP_SIZE:
		return has_channel && req->buf && req->size >= sizeof(__le32);
	case OMV_OP_LOCK:
	case OMV_OP_UNLOCK:
	case OMV_OP_SHAPE:
		return has_channel;
	case OMV_OP_READ:
		return has_channel && req->length && req->buf &&
		       req->length <= req->head_size + req->size;
	case OMV_OP_WRITE:
		return has_channel && req->length &&
		       req->length <= omv_host_write_max(host);
	case OMV_OP_IOCTL:
		return has_channel &&
		       req->length <= host->max_payload - sizeof(__le32);
	default:
		return false;
	}
}

static void host_prepare(struct omv_request *req, int state)
{
	req->state = state;
	req->received = 0;
	req->nak = 0;
	req->next = NULL;
}

static void host_queue(struct omv_host *host, struct omv_request *req)
{
	if (!host->head || req->urgent) {
		host_queue_first(host, req);
	} else {
		host->tail->next = req;
		host->tail = req;
	}
}

/**
 * omv_host_submit() - queue a request
 * @host: host end
 * @req: request
 * @now: time in ms
 *
 * One request at a time is outstanding, plus its pipelined request. Further
 * requests wait in order.
 *
 * Return: 0 if @req->complete will be called, possibly before this function
 * returns. On errors it is not called: -EAGAIN if the session is not up;
 * -EINVAL if the request must not be sent (opcode not allowed, channel 0, READ
 * of 0 bytes, WRITE larger than one packet, no buffer for the response); -EBUSY
 * if the request is queued or active
 */
int omv_host_submit(struct omv_host *host, struct omv_request *req, u64 now)
{
	host->now = now;
	if (req->state != OMV_REQ_IDLE)
		return -EBUSY;
	if (host->state != OMV_HOST_READY)
		return -EAGAIN;
	if (!host_can_send(host, req) ||
	    (req->pipelined && !host_can_send(host, req->pipelined)))
		return -EINVAL;

	host_prepare(req, OMV_REQ_QUEUED);
	if (req->pipelined)
		host_prepare(req->pipelined, OMV_REQ_PIPELINED);
	host_queue(host, req);
	host_start_next(host);
	return 0;
}

/**
 * omv_host_cancel() - cancel a request
 * @host: host end
 * @req: request; may be idle
 *
 * Afterwards @req->complete is not called and @req->buf is not accessed. If the
 * request was sent, the camera executes it, and its response is discarded.
 */
void omv_host_cancel(struct omv_host *host, struct omv_request *req)
{
	if (req->state == OMV_REQ_ACTIVE && req == host->req) {
		omv_parser_detach(&host->parser);
		host->req = NULL;
	} else if (req->state == OMV_REQ_ACTIVE) {
		host->pipelined.req = NULL;
	} else if (req->state == OMV_REQ_QUEUED) {
		host_unqueue(host, req);
	}
	req->state = OMV_REQ_IDLE;
}

/**
 * omv_host_find() - find a channel by name
 * @host: host end
 * @name: name of the channel
 *
 * The result is valid until OMV_LINK_DOWN or OMV_LINK_CHANNELS: ids change when
 * a script starts. If several channels have the name, the last one listed is
 * returned (protocol 8.2).
 *
 * Return: row of the channel table, or NULL if there is no such channel or no
 * session
 */
const struct omv_channel *omv_host_find(const struct omv_host *host,
					const char *name)
{
	unsigned int i = host->channel_count;

	if (host->state != OMV_HOST_READY)
		return NULL;
	while (i--)
		if (!strcmp(host->channels[i].name, name))
			return &host->channels[i];
	return NULL;
}

/**
 * omv_host_is() - does a channel have a given name
 * @host: host end
 * @id: channel id
 * @name: name
 *
 * Return: true if omv_host_find() returns the channel with this id
 */
bool omv_host_is(const struct omv_host *host, u8 id, const char *name)
{
	const struct omv_channel *channel = omv_host_find(host, name);

	return channel && channel->id == id;
}

/**
 * omv_host_channel_flags() - flags of a channel (protocol 8.1)
 * @host: host end
 * @id: channel id
 *
 * Return: OMV_CHF_*, 0 if there is no such channel
 */
u8 omv_host_channel_flags(const struct omv_host *host, u8 id)
{
	const struct omv_channel *channel = host_channel(host, id);

	return channel ? channel->flags : 0;
}

/**
 * omv_channel_has_pictures() - is a channel an input of the video node
 * @channel: row of the channel table
 *
 * Return: true for "frame" and "stream"
 */
bool omv_channel_has_pictures(const struct omv_channel *channel)
{
	return !strcmp(channel->name, OMV_CHANNEL_FRAME) ||
	       !strcmp(channel->name, OMV_CHANNEL_STREAM);
}

/**
 * omv_host_write_max() - maximum number of data bytes in one WRITE
 * @host: host end
 *
 * Return: bytes, 0 without a session
 */
u32 omv_host_write_max(const struct omv_host *host)
{
	if (host->state != OMV_HOST_READY)
		return 0;
	return host->max_payload - sizeof(struct omv_range);
}
