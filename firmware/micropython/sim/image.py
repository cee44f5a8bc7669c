# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# The module "image": pictures in memory. The camera converts and compresses them; what finds
# something in them is not there.

import framebuf
import struct
import uctypes

import _blobs
import _missing
import _omv
from _formats import *

HINTS = {
    "AREA": 1 << 0, "BILINEAR": 1 << 1, "BICUBIC": 1 << 2, "HMIRROR": 1 << 3, "VFLIP": 1 << 4,
    "TRANSPOSE": 1 << 5, "CENTER": 1 << 6, "EXTRACT_RGB_CHANNEL_FIRST": 1 << 7,
    "APPLY_COLOR_PALETTE_FIRST": 1 << 8, "SCALE_ASPECT_KEEP": 1 << 9, "SCALE_ASPECT_EXPAND": 1 << 10,
    "SCALE_ASPECT_IGNORE": 1 << 11, "BLACK_BACKGROUND": 1 << 12,
}
AREA, BILINEAR, BICUBIC = HINTS["AREA"], HINTS["BILINEAR"], HINTS["BICUBIC"]
HMIRROR, VFLIP, TRANSPOSE = HINTS["HMIRROR"], HINTS["VFLIP"], HINTS["TRANSPOSE"]
CENTER, SCALE_ASPECT_KEEP = HINTS["CENTER"], HINTS["SCALE_ASPECT_KEEP"]
SCALE_ASPECT_EXPAND = HINTS["SCALE_ASPECT_EXPAND"]
SCALE_ASPECT_IGNORE = HINTS["SCALE_ASPECT_IGNORE"]
BLACK_BACKGROUND = HINTS["BLACK_BACKGROUND"]
PALETTE_RAINBOW, PALETTE_IRONBOW, PALETTE_DEPTH, PALETTE_EVT_DARK, PALETTE_EVT_LIGHT = range(5)

_NO_FIT = "The image doesn't fit in the frame buffer!"
_FRAME = object()  # see frame()
_QUALITY = "Quality ranges between 0 and 100"

_FINDERS = (
    "find_apriltags find_qrcodes find_features find_displacement find_lines "
    "find_line_segments find_circles find_rects find_datamatrices find_barcodes find_template "
    "find_edges find_keypoints find_hog find_eye find_lbp get_regression match_descriptor "
    "draw_detection draw_keypoints draw_image draw_arrow draw_edges draw_event_histogram "
    "mask_rectangle mask_circle mask_ellipse flood_fill binary invert negate b_and b_or b_xor "
    "b_nand b_nor b_xnor erode dilate open close add sub rsub mul div min max difference blend "
    "replace assign set histeq mean median mode midpoint morph gaussian blur laplacian bilateral "
    "lens_corr rotation_corr linpolar logpolar gamma ccm awb to_png to_rainbow to_ironbow "
    "top_hat black_hat chrominvar illuminvar cartoon remove_shadows get_similarity").split()

_TO = dict(x_scale=None, y_scale=None, roi=None, rgb_channel=-1, alpha=255, color_palette=None,
           alpha_palette=None, hint=0, transform=None, copy=None, copy_to_fb=False, quality=90,
           subsampling=0)


def _unavailable(name):
    """As of a function that was left out of the firmware."""
    _omv.log("omvcam: Image.%s(): the simulated camera does not have it\n" % name)
    raise OSError("This function is unavailable on your OpenMV Cam.")


def _roi(roi, w, h):
    """Clipped to the picture."""
    if roi is None:
        return 0, 0, w, h
    x, y, rw, rh = roi
    if rw < 1 or rh < 1:
        raise OSError("Invalid ROI dimensions!")
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + rw, w), min(y + rh, h)
    if x1 <= x0 or y1 <= y0:
        raise OSError("ROI does not overlap on the image!")
    return x0, y0, x1 - x0, y1 - y0


class Image(memoryview):
    # _mem: a bytearray on the memory; _offset: of it in the camera's memory, or INLINE;
    # _room: bytes that a picture in this place may have

    def __init__(self, arg, height=None, pixformat=None, *frame, buffer=None, copy_to_fb=False):
        if arg is _FRAME:
            offset, room, w, h, size = frame
            self._place(offset, room, None)
            self._shape(w, h, pixformat, size)
            return
        if type(arg) is str:
            self._load(arg)
        else:
            self._new(arg, height, pixformat, buffer)
        if copy_to_fb:
            self.flush()

    def _place(self, offset, room, mem):
        self._offset = offset
        self._room = room
        self._all = mem

    def _shape(self, w, h, fmt, size):
        """What the picture is from now on."""
        self._w, self._h, self._fmt, self._size = w, h, fmt, size
        if self._offset != _omv.INLINE:
            at = _omv.memory_address + self._offset
        else:
            at = uctypes.addressof(self._all)
        self._mem = uctypes.bytearray_at(at, size)
        super().__init__(self._mem)

    def _new(self, w, h, fmt, buffer):
        if type(w) is not int or type(h) is not int:
            raise _missing.unavailable("image.Image(ndarray)")
        if w <= 0:
            raise OSError("Image width must be > 0")
        if h <= 0:
            raise OSError("Image height must be > 0")
        if fmt not in FORMATS:
            raise OSError("Pixel format is not set or unsupported")
        size = image_size(fmt, w, h)
        if buffer is None:
            if not size:
                raise ValueError("Expected an image buffer")
            buffer = bytearray(size)
        elif len(buffer) < size:
            raise ValueError("Buffer is too small")
        size = size or len(buffer)
        self._place(_omv.INLINE, len(buffer), buffer)
        self._shape(w, h, fmt, size)

    def _load(self, path):
        with open(path, "rb") as f:
            data = bytearray(f.read())
        if data[:2] != b"\xff\xd8":
            raise OSError("%s: the simulated camera reads JPEG files only" % path)
        w, h = jpeg_size(data)
        self._place(_omv.INLINE, len(data), data)
        self._shape(w, h, JPEG, len(data))

    # What it is.

    def width(self):
        return self._w

    def height(self):
        return self._h

    def size(self):
        return self._size

    def format(self):
        return base_format(self._fmt)

    def bytearray(self):
        return self._mem

    def __repr__(self):
        return '{"w":%d, "h":%d, "type":"%s", "size":%d}' % (
            self._w, self._h, FORMATS[self._fmt], self._size)

    __str__ = __repr__

    def __len__(self):
        return self._size if self._fmt in COMPRESSED else self._h

    def _pixel(self, i):
        if self._fmt == RGB565:
            v = self._mem[2 * i] | self._mem[2 * i + 1] << 8
            return (v >> 8 & 0xF8 | v >> 13, v >> 3 & 0xFC | v >> 9 & 3, v << 3 & 0xF8 | v >> 2 & 7)
        if self._fmt == BINARY:
            x, y = i % self._w, i // self._w
            return self._mem[(self._w + 31) // 32 * 4 * y + x // 8] >> x % 8 & 1
        return self._mem[i]

    def __getitem__(self, i):
        n = self._size if self._fmt in COMPRESSED else self._w * self._h
        if type(i) is slice:
            start, stop, step = i.indices(n) if hasattr(i, "indices") else (
                i.start or 0, n if i.stop is None else i.stop, i.step or 1)
            if step != 1:
                raise OSError("only slices with step=1 (aka None) are supported")
            return tuple([self._pixel(j) for j in range(start, min(stop, n))])
        if i < 0:
            i += n
        if not 0 <= i < n:
            raise IndexError("image index out of range")
        return self._pixel(i)

    def __iter__(self):
        for y in range(self._h):
            yield [self._pixel(y * self._w + x) for x in range(self._w)]

    def __getattr__(self, name):
        if name in _FINDERS:
            return lambda *args, **kw: _unavailable(name)
        raise AttributeError("'Image' object has no attribute '%s'" % name)

    def get_pixel(self, at, rgbtuple=None):
        x, y = at
        if not (0 <= x < self._w and 0 <= y < self._h):
            return None
        return self._pixel(y * self._w + x)

    # To another form.

    def _convert(self, fmt, kw, in_place):
        for key in kw:
            if key not in _TO:
                raise TypeError("unexpected keyword argument '%s'" % key)
        quality = kw.get("quality", 90)
        if not 1 <= quality <= 100:
            raise ValueError(_QUALITY)
        x, y, w, h = _roi(kw.get("roi"), self._w, self._h)
        sx, sy = kw.get("x_scale"), kw.get("y_scale")
        sx = 1 if sx is None and sy is None else sy if sx is None else sx
        sy = sx if sy is None else sy
        to_w, to_h = int(w * sx), int(h * sy)
        if kw.get("copy") is not None:
            in_place = not kw["copy"]
        if fmt is None:
            fmt = self._fmt
        same = (to_w, to_h) == (self._w, self._h) and fmt == self._fmt
        if same and (in_place or fmt == JPEG):
            return self if in_place else self._copy(self._mem[:])
        return self._ask(fmt, to_w, to_h, (x, y, w, h), quality, kw, in_place)

    def _copy(self, data, w=None, h=None, fmt=None):
        return Image(w or self._w, h or self._h, fmt or self._fmt, buffer=data)

    def _ask(self, fmt, to_w, to_h, roi, quality, kw, in_place):
        direct = in_place and self._offset != _omv.INLINE
        head = struct.pack(
            "<16I", self._offset, self._size, self._fmt, self._w, self._h,
            self._offset if direct else _omv.INLINE, self._room, fmt, to_w, to_h, *(
                roi + (quality, kw.get("subsampling", 0))))
        parts = (head,) if self._offset != _omv.INLINE else (head, self._mem)
        error, size, data = _omv.request(_omv.CONVERT, 0, 0, *parts)
        if error:
            raise OSError(_NO_FIT if direct else "this conversion is not possible")
        if not in_place:
            return self._copy(data, to_w, to_h, fmt)
        if not direct:
            if size > self._room:
                raise OSError(_NO_FIT)
            uctypes.bytearray_at(uctypes.addressof(self._all), size)[:] = data
        self._shape(to_w, to_h, fmt, size)
        return self

    def to_jpeg(self, **kw):
        return self._convert(JPEG, kw, True)

    compress = to_jpeg

    def to_grayscale(self, **kw):
        return self._convert(GRAYSCALE, kw, True)

    def to_rgb565(self, **kw):
        return self._convert(RGB565, kw, True)

    def to_bitmap(self, **kw):
        return self._convert(BINARY, kw, True)

    def crop(self, **kw):
        return self._convert(None, kw, True)

    scale = crop

    def copy(self, **kw):
        return self._convert(None, kw, False)

    def flush(self):
        head = struct.pack("<5I", self._offset, self._size, self._fmt, self._w, self._h)
        if self._offset != _omv.INLINE:
            _omv.request(_omv.PUBLISH, 0, 0, head)
        else:
            _omv.request(_omv.PUBLISH, 0, 0, head, self._mem)

    def save(self, path, *, roi=None, quality=50):
        if not 1 <= quality <= 100:
            raise OSError(_QUALITY)
        name = path.lower()
        if "." not in name[name.rfind("/") + 1:]:
            path += ".jpg" if self._fmt == JPEG else ".bmp"
            name = path.lower()
        if name.endswith(".jpg") or name.endswith(".jpeg"):
            data = self._mem
            if self._fmt != JPEG or roi:
                data = self._convert(JPEG, {"roi": roi, "quality": quality}, False)._mem
        elif name.endswith(".raw"):
            data = self._mem
        else:
            raise OSError("%s: the simulated camera writes .jpg and .raw only" % path)
        with open(path, "wb") as f:
            f.write(data)
        return self

    # Drawing.

    def _draws(self):
        if self._fmt in COMPRESSED or self._fmt not in (GRAYSCALE, RGB565):
            raise ValueError("Expected a mutable image")
        return framebuf.FrameBuffer(
            self._mem, self._w, self._h, framebuf.RGB565 if self._fmt == RGB565 else framebuf.GS8)

    def _colour(self, color):
        if color is None:
            return 0xFFFF if self._fmt == RGB565 else 0xFF
        if type(color) is int:
            return color
        r, g, b = color
        if self._fmt == RGB565:
            return (r & 0xF8) << 8 | (g & 0xFC) << 3 | b >> 3
        return (38 * r + 75 * g + 15 * b) >> 7

    def set_pixel(self, at, color=None):
        self._draws().pixel(at[0], at[1], self._colour(color))
        return self

    def clear(self, *, mask=None):
        self._draws().fill(0)
        return self

    def draw_line(self, line, color=None, thickness=1):
        fb, c = self._draws(), self._colour(color)
        x0, y0, x1, y1 = line
        steep = abs(y1 - y0) > abs(x1 - x0)
        for i in range(thickness):
            d = i - thickness // 2
            if steep:
                fb.line(x0 + d, y0, x1 + d, y1, c)
            else:
                fb.line(x0, y0 + d, x1, y1 + d, c)
        return self

    def draw_rectangle(self, rect, color=None, thickness=1, fill=False):
        fb, c = self._draws(), self._colour(color)
        x, y, w, h = rect
        if fill:
            fb.rect(x, y, w, h, c, True)
        for i in range(thickness):
            fb.rect(x + i, y + i, w - 2 * i, h - 2 * i, c)
        return self

    def draw_circle(self, circle, color=None, thickness=1, fill=False):
        fb, c = self._draws(), self._colour(color)
        x, y, r = circle
        for i in range(1 if fill else thickness):
            fb.ellipse(x, y, r - i, r - i, c, fill)
        return self

    def draw_ellipse(self, ellipse, color=None, thickness=1, fill=False):
        x, y, rx, ry = ellipse[:4]
        self._draws().ellipse(x, y, rx, ry, self._colour(color), fill)
        return self

    def draw_cross(self, at, color=None, size=5, thickness=1):
        x, y = at[:2]
        self.draw_line((x - size, y, x + size, y), color, thickness)
        return self.draw_line((x, y - size, x, y + size), color, thickness)

    def draw_string(self, at, text, color=None, scale=1.0, *rest, **kw):
        # The font of MicroPython's framebuf, in one size.
        y = at[1]
        for line in str(text).split("\n"):
            self._draws().text(line, at[0], y, self._colour(color))
            y += 10
        return self

    def find_blobs(self, thresholds, *, invert=False, roi=None, x_stride=2, y_stride=1,
                   area_threshold=10, pixels_threshold=10, merge=False, margin=0,
                   threshold_cb=None, merge_cb=None, **kw):
        if self._fmt in COMPRESSED:
            raise ValueError("Expected an uncompressed image")
        if self._fmt not in (GRAYSCALE, RGB565):
            _unavailable("find_blobs")
        head = struct.pack("<5I", self._offset, self._size, self._fmt, self._w, self._h)
        parts = (head, _blobs.ask(_roi(roi, self._w, self._h), x_stride, y_stride, invert,
                                  thresholds))
        if self._offset == _omv.INLINE:
            parts += (self._mem,)
        error, n, data = _omv.request(_omv.BLOBS, 0, 0, *parts)
        if error:
            raise ValueError("Invalid arguments")
        found = [b for b in _blobs.read(n, data)
                 if b.w * b.h >= area_threshold and b.pixels >= pixels_threshold
                 and (threshold_cb is None or threshold_cb(b))]
        return _blobs.merge(found, margin, merge_cb) if merge else found

    # Statistics: of the luminance only.

    def get_histogram(self, thresholds=None, *, roi=None, bins=256, **kw):
        if self._fmt in COMPRESSED:
            raise ValueError("Expected an uncompressed image")
        grey = self._convert(GRAYSCALE, {"roi": roi}, False)
        return Histogram(grey._mem, bins)

    def get_statistics(self, thresholds=None, *, roi=None, **kw):
        return self.get_histogram(roi=roi).get_statistics()

    get_stats = statistics = get_statistics


class Histogram:
    def __init__(self, data, bins):
        counts = [0] * 256
        for v in data:
            counts[v] += 1
        self._total = len(data)
        self._counts = counts
        self._n = bins

    def bins(self):
        n = self._n
        out = [0] * n
        for i, c in enumerate(self._counts):
            out[i * n // 256] += c
        return [c / self._total for c in out]

    l_bins = bins

    def get_percentile(self, part):
        return Value(self._at(part))

    def get_threshold(self):
        """That of Otsu: the two classes of pixels differ most."""
        sums = sum([i * c for i, c in enumerate(self._counts)])
        below = below_sum = at = 0
        most = -1
        for i, c in enumerate(self._counts):
            below += c
            below_sum += i * c
            rest = self._total - below
            if not below or not rest:
                continue
            apart = below_sum / below - (sums - below_sum) / rest
            if below * rest * apart * apart > most:
                most, at = below * rest * apart * apart, i
        return Value(at)

    def _at(self, part):
        seen = 0
        for i, c in enumerate(self._counts):
            seen += c
            if seen >= part * self._total and seen:
                return i
        return 255

    def get_statistics(self):
        counts, total = self._counts, self._total
        mean = sum([i * c for i, c in enumerate(counts)]) // total
        var = sum([(i - mean) ** 2 * c for i, c in enumerate(counts)]) / total
        used = [i for i, c in enumerate(counts) if c]
        return Statistics((mean, self._at(0.5), counts.index(max(counts)), int(var ** 0.5), used[0],
                           used[-1], self._at(0.25), self._at(0.75)))

    get_stats = statistics = get_statistics

    def __repr__(self):
        return '{"bins":%s}' % self.bins()


class Value:
    def __init__(self, value):
        self.value = self.l_value = value


class Statistics:
    _NAMES = ("mean", "median", "mode", "stdev", "min", "max", "lq", "uq")

    def __init__(self, values):
        self._values = values

    def __getattr__(self, name):
        if name[:2] == "l_":
            name = name[2:]
        if name in self._NAMES:
            return self._values[self._NAMES.index(name)]
        raise _missing.unavailable("statistics." + name)

    def __getitem__(self, i):
        return self._values[i]


def frame(fmt, offset, room, w, h, size):
    """A picture in the camera's memory."""
    return Image(_FRAME, None, fmt, offset, room, w, h, size)


def jpeg_size(data):
    at = 2
    while at + 9 < len(data):
        marker, n = data[at + 1], data[at + 2] << 8 | data[at + 3]
        if 0xC0 <= marker <= 0xC2:
            return data[at + 7] << 8 | data[at + 8], data[at + 5] << 8 | data[at + 6]
        at += 2 + n
    raise OSError("damaged JPEG")


def __getattr__(name):
    raise _missing.unavailable("image." + name)
