/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a camera's ``config`` channel says and wants to hear (12.5, 12.6).
 *
 * Of the two forms the one that can't be read is the plain number, ``50``; the
 * other is a JSON object, ``{"quality": 50}``.
 */
#ifndef OMV_CONFIG_H
#define OMV_CONFIG_H

#include "omv_port.h"

#define OMV_CONFIG_QUALITY	"quality"

/**
 * omv_config_get() - find an integer in a JSON object
 * @json: one JSON object, flat or not; need not be NUL terminated
 * @len: bytes
 * @key: member of the outermost object, NUL terminated, plain ASCII
 * @value: written on success
 *
 * Bounded by @len, no recursion. Of several members with the same key the last
 * counts. A number with a fraction is rounded towards zero.
 *
 * Return: 0, -ENOENT if there is no such member or it is not a number, -ERANGE if it
 * does not fit, -EINVAL if this is no JSON object
 */
int omv_config_get(const char *json, u32 len, const char *key, s32 *value);

/**
 * omv_config_set() - make the text that sets one integer
 * @buf: written, not NUL terminated
 * @size: its size
 * @key: member of the JSON object; NULL for the plain number form
 * @value: new value
 *
 * Return: bytes, -ENOSPC if it does not fit
 */
int omv_config_set(char *buf, u32 size, const char *key, s32 value);

#endif /* OMV_CONFIG_H */
