/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMPARE_H
#define COMPARE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * enum taken - what the content of a channel says about a message
 * @TAKEN_UNKNOWN: nothing
 * @TAKEN_ALL:     it is what was written
 * @TAKEN_OTHER:   it has changed, but a value is not the one that was written
 * @TAKEN_NOT:     a value that was to change is what it was before
 */
enum taken {
	TAKEN_UNKNOWN,
	TAKEN_ALL,
	TAKEN_OTHER,
	TAKEN_NOT,
};

/**
 * struct content - bytes that a channel has or gets
 * @data: bytes
 * @len:  number of bytes
 */
struct content {
	const char *data;
	size_t len;
};

/**
 * compare_content() - was a message stored?
 * @before:  content of the channel before the message, not empty
 * @after:   content after it
 * @message: what was written
 * @alive:   the channel had an event since: unless it is JSON with keys it has content of
 *	its own, which says nothing
 * @why:     set to the values that differ, "" if there are none
 * @size:    bytes at @why
 *
 * Return: what is known of the message
 */
enum taken compare_content(const struct content *before, const struct content *after,
			   const struct content *message, bool alive, char *why, size_t size);

#endif /* COMPARE_H */
