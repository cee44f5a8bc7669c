/* SPDX-License-Identifier: GPL-2.0-only */
/* State and counters of a camera in debugfs. */
#ifndef OMV_DEBUGFS_H
#define OMV_DEBUGFS_H

struct omv_camera;

void omv_debugfs_add(struct omv_camera *cam);
void omv_debugfs_remove(struct omv_camera *cam);
void omv_debugfs_init(void);
void omv_debugfs_exit(void);

#endif /* OMV_DEBUGFS_H */
