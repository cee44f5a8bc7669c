# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# What Image.find_blobs() returns. The camera finds the areas (firmware/camera/blobs.h).

import math
import struct
from collections import namedtuple

_BLOB = "<6I5Q"
_BLOB_SIZE = const(64)
blob = namedtuple("blob", (
    "x", "y", "w", "h", "cx", "cy", "pixels", "rotation", "code", "count", "perimeter", "roundness",
    "x_hist_bins", "y_hist_bins", "corners", "min_corners", "cxf", "cyf", "elongation", "area",
    "density", "compactness", "rect"))


def ask(roi, x_stride, y_stride, invert, thresholds):
    ranges = b""
    for t in thresholds:
        low = [min(t[i:i + 2]) for i in range(0, len(t), 2)]
        high = [max(t[i:i + 2]) for i in range(0, len(t), 2)]
        ranges += struct.pack("<6i", *(low + [-128] * 2)[:3], *(high + [127] * 2)[:3])
    return struct.pack("<8I", *roi, x_stride, y_stride, bool(invert), len(thresholds)) + ranges


def _make(x, y, w, h, pixels, cx, cy, rotation, code, count, roundness):
    """Perimeter and corners are those of the box; there are no histograms."""
    perimeter = 2 * (w + h)
    corners = (x, y), (x + w - 1, y), (x + w - 1, y + h - 1), (x, y + h - 1)
    return blob(x, y, w, h, int(cx), int(cy), pixels, rotation, code, count, perimeter, roundness,
                (), (), corners, corners, cx, cy, 1 - roundness, w * h, pixels / (w * h),
                4 * math.pi * pixels / perimeter ** 2, (x, y, w, h))


def _blob(x, y, w, h, n, code, sx, sy, sxx, syy, sxy):
    cx, cy = sx / n, sy / n
    a, b, c = sxx / n - cx * cx, 2 * (sxy / n - cx * cy), syy / n - cy * cy
    apart = math.sqrt(b * b + (a - c) * (a - c))
    rotation = 0.5 * math.atan2(b, a - c) % math.pi
    roundness = (a + c - apart) / (a + c + apart) if a + c + apart > 0 else 1.0
    return _make(x, y, w, h, n, cx, cy, rotation, code, 1, max(roundness, 0.0))


def read(n, data):
    return [_blob(*struct.unpack_from(_BLOB, data, i * _BLOB_SIZE)) for i in range(n)]


def _join(a, b):
    x, y = min(a.x, b.x), min(a.y, b.y)
    w, h = max(a.x + a.w, b.x + b.w) - x, max(a.y + a.h, b.y + b.h) - y
    n = a.pixels + b.pixels
    big = a if a.pixels >= b.pixels else b
    return _make(x, y, w, h, n, (a.cxf * a.pixels + b.cxf * b.pixels) / n,
                 (a.cyf * a.pixels + b.cyf * b.pixels) / n, big.rotation, a.code | b.code,
                 a.count + b.count, big.roundness)


def _touch(a, b, margin):
    return (a.x - margin < b.x + b.w and b.x - margin < a.x + a.w and
            a.y - margin < b.y + b.h and b.y - margin < a.y + a.h)


def merge(found, margin, callback):
    """Join those whose boxes overlap, until none do."""
    result = []
    while found:
        a = found.pop(0)
        for i, b in enumerate(found):
            if _touch(a, b, margin) and (callback is None or callback(a, b)):
                found[i] = _join(a, b)
                break
        else:
            result.append(a)
    return result
