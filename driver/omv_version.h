/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The version of the module, of omvctl and of the packages. dkms.conf and
 * packaging/debian/changelog repeat it; tests/lint compares them.
 */
#ifndef OMV_VERSION_H
#define OMV_VERSION_H

#define OMV_VERSION_STRING	"1.0.0"

#endif /* OMV_VERSION_H */
