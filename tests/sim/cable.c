// SPDX-License-Identifier: GPL-2.0-only
#include "sim.h"

void pipe_init(struct pipe *pipe, struct world *world)
{
	memset(pipe, 0, sizeof(*pipe));
	pipe->world = world;
	pipe->capacity = OMV_MAX_PACKET;
}

void pipe_clear(struct pipe *pipe)
{
	struct transfer *transfer;

	while ((transfer = pipe->head)) {
		pipe->head = transfer->next;
		free(transfer);
	}
	pipe->tail = NULL;
	pipe->bytes = 0;
	pipe->count = 0;
}

static void pipe_append(struct pipe *pipe, const u8 *data, u32 len)
{
	struct rng *rng = &pipe->world->rng;
	struct transfer *transfer;
	u64 at = pipe->world->now;

	if (!len)
		return;
	transfer = malloc(sizeof(*transfer) + len);
	memcpy(transfer->data, data, len);
	transfer->next = NULL;
	transfer->len = len;
	transfer->pos = 0;
	if (pipe->delay)
		at += rnd(rng, pipe->delay + 1);
	if (at < pipe->last_at)
		at = pipe->last_at;
	transfer->at = at;
	pipe->last_at = at;
	if (pipe->tail)
		pipe->tail->next = transfer;
	else
		pipe->head = transfer;
	pipe->tail = transfer;
	pipe->bytes += len;
	pipe->count++;
}

/* Return: true if a fault with this rate per byte hits a transfer of @len bytes */
static bool hits(struct pipe *pipe, u32 in_a_million, u32 len)
{
	if (!in_a_million ||
	    rnd(&pipe->world->rng, 1000000) >= (u64)in_a_million * len)
		return false;
	pipe->hits++;
	return true;
}

static bool befalls(struct pipe *pipe, u32 in_a_thousand)
{
	if (!in_a_thousand || !chance(&pipe->world->rng, in_a_thousand))
		return false;
	pipe->hits++;
	return true;
}

/* Return: length of a run of affected bytes; *@at is its start */
static u32 burst(struct pipe *pipe, u32 len, u32 *at)
{
	struct rng *rng = &pipe->world->rng;
	u32 n = rnd(rng, rnd(rng, 4) ? 4 : 64) + 1;

	*at = rnd(rng, len);
	return n < len - *at ? n : len - *at;
}

void pipe_put(struct pipe *pipe, const void *data, u32 len)
{
	const struct faults *faults = &pipe->faults;
	struct rng *rng = &pipe->world->rng;
	u8 buf[2 * OMV_MAX_PACKET];
	u32 at, n;

	memcpy(buf, data, len);
	if (befalls(pipe, faults->lose)) {
		world_note(pipe->world, "lost: a transfer of %u", len);
		return;
	}
	if (hits(pipe, faults->corrupt, len)) {
		n = burst(pipe, len, &at);
		world_note(pipe->world, "changed: %u bytes at %u of %u", n, at,
			   len);
		while (n--)
			buf[at++] ^= rnd(rng, 255) + 1;
	}
	if (hits(pipe, faults->drop, len)) {
		n = burst(pipe, len, &at);
		world_note(pipe->world, "dropped: %u bytes at %u of %u", n, at,
			   len);
		memmove(buf + at, buf + at + n, len - at - n);
		len -= n;
	}
	if (len && hits(pipe, faults->repeat, len)) {
		n = burst(pipe, len, &at);
		world_note(pipe->world, "repeated: %u bytes at %u of %u", n,
			   at, len);
		memmove(buf + at + n, buf + at, len - at);
		len += n;
	}
	if (len && befalls(pipe, faults->truncate)) {
		world_note(pipe->world, "truncated: a transfer of %u", len);
		len = rnd(rng, len);
	}
	pipe_append(pipe, buf, len);
	if (befalls(pipe, faults->again)) {
		world_note(pipe->world, "repeated: a transfer of %u", len);
		pipe_append(pipe, buf, len);
	}
}

u32 pipe_room(const struct pipe *pipe)
{
	return pipe->bytes < pipe->capacity ? pipe->capacity - pipe->bytes : 0;
}

struct transfer *pipe_first(const struct pipe *pipe)
{
	if (pipe->held || !pipe->head || pipe->head->at > pipe->world->now)
		return NULL;
	return pipe->head;
}

void pipe_take(struct pipe *pipe, u32 len)
{
	struct transfer *transfer = pipe->head;

	transfer->pos += len;
	pipe->bytes -= len;
	if (transfer->pos < transfer->len)
		return;
	pipe->head = transfer->next;
	if (!pipe->head)
		pipe->tail = NULL;
	pipe->count--;
	free(transfer);
}

u64 pipe_deadline(const struct pipe *pipe)
{
	return pipe->held || !pipe->head ? U64_MAX : pipe->head->at;
}
