# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# The image sensors: one state for each, which csi and sensor share. The main sensor is an
# OV5640; a LEPTON and a GENX320 are beside it, and show the same pictures. A host sees these
# three in SYS_INFO, too (sensors[] in firmware/camera/camera.c).
#
# Exposure, gain and white balance are remembered, and change no picture.

import math
import struct
import utime

import _omv
import image
from _formats import *

ERRORS = {
    1: "Sensor control failed.",
    2: "The requested operation is not supported by the image sensor.",
    3: "Failed to detect the image sensor or image sensor is detached.",
    10: "Frame capture has failed.",
    11: "Frame capture has timed out.",
    12: "Frame size is not supported or is not set.",
    13: "Pixel format is not supported or is not set.",
    15: "Frame rate is not supported or is not set.",
    16: "An invalid argument is used.",
    17: "The requested operation is not supported on the current pixel format.",
    18: "Frame buffer error.",
    19: "Frame buffer overflow, try reducing the frame size.",
}

# (name, width, height) by number; those with an underscore are not in csi.
SIZES = (
    ("INVALID", 0, 0), ("CUSTOM", 0, 0), ("_QQCIF", 88, 72), ("QCIF", 176, 144),
    ("CIF", 352, 288), ("_QQSIF", 88, 60), ("QSIF", 176, 120), ("SIF", 352, 240),
    ("_QQQQVGA", 40, 30), ("QQQVGA", 80, 60), ("QQVGA", 160, 120), ("QVGA", 320, 240),
    ("VGA", 640, 480), ("_HQQQQVGA", 30, 20), ("_HQQQVGA", 60, 40), ("_HQQVGA", 120, 80),
    ("HQVGA", 240, 160), ("HVGA", 480, 320), ("_B64X32", 64, 32), ("_B64X64", 64, 64),
    ("_B128X64", 128, 64), ("_B128X128", 128, 128), ("_B160X160", 160, 160),
    ("_B320X320", 320, 320), ("_LCD", 128, 160), ("_QQVGA2", 128, 160), ("WVGA", 720, 480),
    ("WVGA2", 752, 480), ("SVGA", 800, 600), ("XGA", 1024, 768), ("WXGA", 1280, 768),
    ("SXGA", 1280, 1024), ("SXGAM", 1280, 960), ("UXGA", 1600, 1200), ("HD", 1280, 720),
    ("FHD", 1920, 1080), ("QHD", 2560, 1440), ("QXGA", 2048, 1536), ("WQXGA", 2560, 1600),
    ("WQXGA2", 2592, 1944),
)

CHIPS = {
    "OV2640": 0x26, "OV5640": 0x56, "OV7670": 0x76, "OV7690": 0x76, "OV7725": 0x77,
    "OV9650": 0x96, "MT9V022": 0x1313, "MT9V024": 0x1324, "MT9V032": 0x1313, "MT9V034": 0x1324,
    "MT9M114": 0x2481, "BOSON320": 0xAE32, "BOSON640": 0xAE64, "LEPTON": 0x54, "HM01B0": 0xB0,
    "HM0360": 0x60, "GC2145": 0x21, "GENX320ES": 0x30501C01, "GENX320": 0xB0602003,
    "PAG7920": 0x7920, "PAG7936": 0x7936, "PAJ6100": 0x6100, "FROGEYE2020": 0x2020,
    "SOFTCSI": 0x50F7,
}
LEPTON, GENX320 = CHIPS["LEPTON"], CHIPS["GENX320"]

IOCTLS = {
    "SET_READOUT_WINDOW": 0x100, "GET_READOUT_WINDOW": 0x01, "SET_TRIGGERED_MODE": 0x02,
    "GET_TRIGGERED_MODE": 0x03, "SET_FOV_WIDE": 0x04, "GET_FOV_WIDE": 0x05,
    "TRIGGER_AUTO_FOCUS": 0x06, "PAUSE_AUTO_FOCUS": 0x07, "RESET_AUTO_FOCUS": 0x08,
    "WAIT_ON_AUTO_FOCUS": 0x09, "SET_NIGHT_MODE": 0x0A, "GET_NIGHT_MODE": 0x0B,
    "LEPTON_GET_WIDTH": 0x0C, "LEPTON_GET_HEIGHT": 0x0D, "LEPTON_GET_RADIOMETRY": 0x0E,
    "LEPTON_GET_REFRESH": 0x0F, "LEPTON_GET_RESOLUTION": 0x10, "LEPTON_RUN_COMMAND": 0x11,
    "LEPTON_SET_ATTRIBUTE": 0x12, "LEPTON_GET_ATTRIBUTE": 0x13, "LEPTON_GET_FPA_TEMP": 0x14,
    "LEPTON_GET_AUX_TEMP": 0x15, "LEPTON_SET_MODE": 0x116, "LEPTON_GET_MODE": 0x17,
    "LEPTON_SET_RANGE": 0x118, "LEPTON_GET_RANGE": 0x19, "GET_RGB_STATS": 0x1F,
    "GENX320_SET_BIASES": 0x20, "GENX320_SET_BIAS": 0x21, "GENX320_SET_AFK": 0x22,
    "GENX320_SET_MODE": 0x23, "GENX320_READ_EVENTS": 0x24, "GENX320_CALIBRATE": 0x25,
    "GENX320_SET_STC": 0x26, "GENX320_READ_EVENTS_RAW": 0x27,
}

_MIRROR, _FLIP, _NEGATIVE, _NOW, _DUE = 1, 2, 8, 16, 32


def error(n):
    return RuntimeError(ERRORS[n])


def warn(what):
    print("\x1b[31mWARNING: %s control is not supported by this image sensor.\x1b[0m" % what)


class Sensor:
    def __init__(self, cid, base, room):
        self.cid = cid
        self.base = base
        self.room = room
        self.colour = cid != GENX320
        self.reset()

    def reset(self):
        self.fmt = 0
        self.size = 0
        self.w = self.h = 0
        self.roi = None
        self.fps = 0
        self.mirror = self.flip = self.rotates = False
        self.effect = 0
        self.bright = 0
        self.palette = 0
        self.exposure = 10000
        self.gain = 6.0
        self.rgb = (60.0, 64.0, 62.0)
        self.jpeg_quality = 90
        self.modes = (False, False)
        self.range = (10.0, 40.0)
        self.triggered = False
        self.events_at = utime.ticks_us()
        self.callback = None
        self.vsync = None
        self.buffers = 0
        self.last = None
        self.at = 0

    # Formats.

    def set_format(self, fmt):
        if fmt == self.fmt:
            return
        if fmt not in (BINARY, GRAYSCALE, RGB565, BAYER, YUV422, JPEG) or fmt == BINARY:
            raise error(1)
        if not self.colour and fmt != GRAYSCALE:
            raise error(1)
        self.fmt = fmt
        self._allocate()

    def get_format(self):
        if not self.fmt:
            raise error(13)
        return self.fmt

    def set_size(self, size):
        if type(size) is tuple and len(size) == 2:
            number, (w, h) = 1, size
        elif type(size) is int and 2 <= size < len(SIZES):
            number, (_, w, h) = size, SIZES[size]
        else:
            raise error(16)
        if not (16 <= w <= 2592 and 16 <= h <= 1944):
            raise error(1)
        self.roi = None
        self.w, self.h = w, h
        # A second tuple after another one is no change for the buffer.
        if not (self.size == number == 1):
            self.frame = (w, h)
        self.size = number
        self._allocate()

    def get_size(self):
        if not self.size:
            raise error(12)
        return self.size

    def set_window(self, roi):
        if not self.size:
            raise error(12)
        if self.fmt == JPEG:
            raise error(17)
        if type(roi) not in (tuple, list) or len(roi) not in (2, 4):
            raise ValueError("Expected (w, h) or (x, y, w, h) tuple/list.")
        w, h = self.frame
        if len(roi) == 2:
            roi = ((w - roi[0]) // 2, (h - roi[1]) // 2, roi[0], roi[1])
        x, y, rw, rh = roi
        if rw < 1 or rh < 1:
            raise ValueError("Invalid ROI dimensions!")
        x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + rw, w), min(y + rh, h)
        if x1 <= x0 or y1 <= y0:
            raise ValueError("ROI does not overlap on the image!")
        self.roi = (x0, y0, x1 - x0, y1 - y0)
        self._allocate()

    def window(self):
        if not self.size:
            raise error(12)
        return self.roi or (0, 0) + self.frame

    def _allocate(self):
        """Three buffers, else two, else one."""
        self.last = None
        if not (self.fmt and self.size):
            return
        w, h = self.frame
        self.stride = (w * h * 3 + 65536 + 4095) & ~4095
        self.buffers = max(1, min(3, self.room // self.stride))
        self.at = 0

    def set_buffers(self, n):
        if n < 1:
            raise error(16)
        self.get_format()
        self.get_size()
        if n * self.stride > self.room:
            raise error(18)
        self.buffers = n
        self.at = 0
        self.last = None

    # Pictures.

    def _shoot(self, flags):
        """The next one, or None."""
        fmt = self.get_format()
        self.get_size()
        frame_w, frame_h = self.frame
        x, y, w, h = self.window()
        if self.mirror:
            flags |= _MIRROR
        if self.flip:
            flags |= _FLIP
        if self.effect == 1:
            flags |= _NEGATIVE
        offset = self.base + self.at * self.stride
        last = (0, 0, 0, 0, 0)
        if self.last and stream is self:
            p = self.last
            last = (p._offset, p._size, p._fmt, p._w, p._h)
        head = struct.pack(
            "<17Ii", *(last + (offset, self.stride, fmt, w, h, frame_w, frame_h, x, y, flags,
                               self.fps, self.jpeg_quality, self.bright * 20)))
        fault, size, _ = _omv.request(_omv.SNAPSHOT, 0, 0, head)
        if fault or not size:
            raise error(10)
        if size == _omv.INLINE:
            return None
        self.at = (self.at + 1) % self.buffers
        self.last = image.frame(fmt, offset, self.stride, w, h, size)
        if self.vsync:
            self.vsync(1)
        if self.callback:
            self.callback()
        return self.last

    def snapshot(self, time, frames, blocking, into):
        if time is None and frames is None:
            picture = self._shoot(0 if blocking else _NOW)
            if into is None or picture is None:
                return picture
            stretched = picture.copy(x_scale=into.width() / picture.width(),
                                     y_scale=into.height() / picture.height())
            if stretched.format() != into.format():
                stretched = stretched._convert(into.format(), {}, False)
            into.bytearray()[:] = stretched.bytearray()
            return None
        start = utime.ticks_ms()
        n = 0
        while True:
            self._shoot(0)
            n += 1
            passed = utime.ticks_ms() - start
            if time is None and n > frames:
                return None
            if time is not None and passed >= time and (frames is None or n >= frames):
                return None

    def readable(self):
        head = struct.pack("<17Ii", *((0,) * 14 + (_DUE, 0, 0, 0)))
        return bool(_omv.request(_omv.SNAPSHOT, 0, 0, head)[1])

    def publish(self):
        if self.last:
            self.last.flush()

    # Controls.

    def _needs(self, args, least, most=None):
        if not least <= len(args) <= (most or least):
            raise error(16)

    def ioctl(self, request, args):
        name = _ioctl_name(request)
        if name[:6] == "LEPTON" and self.cid == LEPTON:
            return self._lepton(name[7:], args)
        if name[:7] == "GENX320" and self.cid == GENX320:
            return self._genx320(name[8:], args)
        if name == "SET_TRIGGERED_MODE":
            self._needs(args, 1)
            self.triggered = bool(args[0])
        elif name == "GET_TRIGGERED_MODE":
            return self.triggered
        elif name[-10:] != "AUTO_FOCUS" or self.cid != MAIN:
            raise error(1)

    def _lepton(self, name, args):
        if name in _LEPTON_CONSTANTS:
            return _LEPTON_CONSTANTS[name]
        if name in ("GET_FPA_TEMP", "GET_AUX_TEMP"):
            return 25.0 + (utime.ticks_ms() // 1000 % 10) / 10
        if name == "GET_MODE":
            return self.modes
        if name == "GET_RANGE":
            return self.range
        if name == "SET_MODE":
            self._needs(args, 1, 2)
            self.modes = (bool(args[0]), len(args) > 1 and bool(args[1]))
        elif name == "SET_RANGE":
            self._needs(args, 2)
            self.range = (float(args[0]), float(args[1]))
        else:
            raise error(1)

    def _genx320(self, name, args):
        """Pictures do not depend on these."""
        if name == "CALIBRATE":
            return 0
        if name == "READ_EVENTS":
            self._needs(args, 1)
            return self._read_events(args[0])
        if name == "READ_EVENTS_RAW":
            raise error(1)

    def _read_events(self, events):
        """Those of a dot on a circle: one in 100 us."""
        if getattr(events, "dtype", None) != ord("H") or getattr(events, "shape", ())[1:] != (6,):
            raise ValueError("Expected a uint16 ndarray of shape (n, 6)")
        _omv.sleep_us(5000)
        now = utime.ticks_us()
        n = min(utime.ticks_diff(now, self.events_at) // 100, events.shape[0])
        for i in range(n):
            at = now - 100 * (n - i)
            angle = at % 1000000 * 2e-6 * math.pi
            x, y = int(160 + 100 * math.cos(angle)), int(160 + 100 * math.sin(angle))
            events[i] = (i & 1, at // 1000000 & 0xFFFF, at // 1000 % 1000, at % 1000, x, y)
        self.events_at = now
        return n


_LEPTON_CONSTANTS = {"GET_WIDTH": 160, "GET_HEIGHT": 120, "GET_RADIOMETRY": 1, "GET_REFRESH": 9,
                     "GET_RESOLUTION": 14}


def _ioctl_name(request):
    for name in IOCTLS:
        if IOCTLS[name] == request:
            return name
    raise error(2)


MAIN = CHIPS["OV5640"]
# Their part of the memory: offset and bytes.
_MEMORY = {MAIN: (0, 40 << 20), LEPTON: (40 << 20, 12 << 20), GENX320: (52 << 20, 12 << 20)}
DETECTED = (MAIN, LEPTON, GENX320)
_sensors = {}
stream = None  # whose pictures the preview shows


def get(cid, preview):
    """The sensor, -1 for the main one."""
    global stream
    if cid == -1:
        cid = MAIN
    if cid not in DETECTED:
        raise error(3)
    if cid not in _sensors:
        _sensors[cid] = Sensor(cid, *_MEMORY[cid])
    if preview:
        stream = _sensors[cid]
    return _sensors[cid]


def reset_all():
    for s in _sensors.values():
        s.reset()
