# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# Pixel formats (protocol.md 10.2), as csi, sensor and image have them.

BINARY = 0x08010000
GRAYSCALE = 0x08020001
RGB565 = 0x0C030002
BAYER = 0x05040001
YUV422 = 0x14050002
JPEG = 0x06060000
PNG = 0x06070000

FORMATS = {
    BINARY: "binary", GRAYSCALE: "grayscale", RGB565: "rgb565", BAYER: "bayer_bggr",
    BAYER | 0x100: "bayer_gbrg", BAYER | 0x200: "bayer_grbg", BAYER | 0x300: "bayer_rggb",
    YUV422: "yuv422", YUV422 | 0x100: "yvu422", JPEG: "jpeg", PNG: "png",
}
COMPRESSED = (JPEG, PNG)


def base_format(fmt):
    """Any order of a Bayer or YUV format is the first."""
    return fmt & ~0xFF00 if fmt & ~0xFF00 in (BAYER, YUV422) else fmt


def image_size(fmt, w, h):
    """Bytes, 0 for a compressed one."""
    if fmt == BINARY:
        return (w + 31) // 32 * 4 * h
    return (fmt & 0xFF) * w * h
