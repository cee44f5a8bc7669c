/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What knobs do to a picture before it is encoded.
 */
#ifndef LOOK_H
#define LOOK_H

#include "source_impl.h"

/**
 * look_is_plain() - does a look change nothing
 * @look: look
 *
 * Return: whether it does not
 */
bool look_is_plain(const struct look *look);

/**
 * look_apply() - draw a picture with a look
 * @look: look
 * @from: picture
 * @to: written; of the same size, its planes are there
 */
void look_apply(const struct look *look, const struct picture *from, struct picture *to);

#endif /* LOOK_H */
