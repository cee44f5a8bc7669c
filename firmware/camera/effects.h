/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Effects that controls have on a picture before it is encoded.
 */
#ifndef EFFECTS_H
#define EFFECTS_H

#include "source_impl.h"

/**
 * effects_are_none() - do the effects leave a picture unchanged
 * @effects: effects
 *
 * Return: true if they do
 */
bool effects_are_none(const struct effects *effects);

/**
 * effects_apply() - copy a picture and apply effects
 * @effects: effects
 * @from: picture
 * @to: result; must have the size of @from and allocated planes
 */
void effects_apply(const struct effects *effects, const struct picture *from, struct picture *to);

#endif /* EFFECTS_H */
