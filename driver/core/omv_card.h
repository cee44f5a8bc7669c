/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The name of a camera, as applications show it to users. */
#ifndef OMV_CARD_H
#define OMV_CARD_H

#include "omv_port.h"

/* Size of a name with its NUL: that of "card" in struct v4l2_capability. */
#define OMV_CARD_SIZE		32

/* Name of a camera without any. */
#define OMV_CARD_DEFAULT	"OpenMV camera"

void omv_card_truncate(char *card, const char *text);
void omv_card_name(char *card, const char *board, const char *product);
void omv_card_channel(char *card, const char *camera, const char *channel);

#endif /* OMV_CARD_H */
