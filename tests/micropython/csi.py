# SPDX-License-Identifier: GPL-2.0-only
#
# Mock of the modules "csi" and "image" of OpenMV's firmware. There is one frame buffer, and each
# snapshot() overwrites it. A "JPEG" contains the number of the picture, its quality and a checksum.

import binascii
import struct

import uctypes

import protocol

BINARY, GRAYSCALE, RGB565 = 1, 2, 3
QVGA, VGA = (320, 240), (640, 480)


class Damaged(Exception):
    pass


def boot():
    """Power on."""
    global taken, encoded, encoding, missing, faults, stop_at, calls, mono, set_missing, misuse, report
    taken = 0  # number of pictures
    encoded = 0
    encoding = False  # a picture is being encoded
    missing = set()  # methods that this sensor's driver does not have
    set_missing = set()  # methods that can read, but not set
    faults = []  # exceptions of the next snapshots; None for no exception
    stop_at = None  # (picture, exception)
    calls = []  # (method, arguments) of all calls that set something
    mono = False
    misuse = []  # uses of the sensor by callbacks
    report = {}  # value that a method returns, whatever was set


_buffer = bytearray(4096)


class Image:
    def __init__(self, memory, width, height, length):
        self._memory = memory
        self._width = width
        self._height = height
        self._length = length

    def width(self):
        return self._width

    def height(self):
        return self._height

    def size(self):
        return self._length

    def bytearray(self):
        return uctypes.bytearray_at(uctypes.addressof(self._memory), self._length)

    def to_jpeg(self, *, quality=90, copy=False):
        global encoded, encoding
        if type(quality) is not int or not 0 <= quality <= 100:
            raise ValueError("quality")
        if faults and faults[0] == "encode":
            faults.pop(0)
            raise MemoryError("Out of fast frame buffer stack memory")
        number = struct.unpack_from("<I", self._memory, 0)[0]
        body = struct.pack("<IBHH", number, quality, self._width, self._height)
        body += bytes([number & 0xFF]) * (200 + number * 37 % 1500)
        data = b"\xff\xd8" + body + struct.pack("<I", binascii.crc32(body)) + b"\xff\xd9"
        memory = bytearray(len(data)) if copy else self._memory
        half = len(data) // 2
        memory[:half] = data[:half]
        encoding = True
        protocol.interrupt()
        encoding = False
        memory[half:len(data)] = data[half:]
        encoded += 1
        if copy:
            return Image(memory, self._width, self._height, len(data))
        self._length = len(data)
        return self


def parse(jpeg):
    """Return number and quality of a picture; raise an exception if it is not complete."""
    body = jpeg[2:-6]
    if jpeg[:2] != b"\xff\xd8" or jpeg[-2:] != b"\xff\xd9" or len(body) < 9:
        raise Damaged("no picture")
    number, quality = struct.unpack_from("<IB", body, 0)
    if struct.pack("<I", binascii.crc32(body)) != jpeg[-6:-2]:
        raise Damaged("picture %d" % number)
    return number, quality


class CSI:
    def __init__(self):
        self._ready = False

    def reset(self):
        self._ready = True
        self._pixformat = self._framesize = None
        self._exposure, self._gain = 16000, 6.0
        self._auto = {"auto_exposure": True, "auto_gain": True}
        self._flags = {"hmirror": False, "vflip": True}  # like some boards

    def _use(self, method, *args):
        if protocol.in_callback():
            misuse.append(method)
        protocol.interrupt()
        if method in missing or (args and method in set_missing):
            raise RuntimeError("Sensor control is not supported")
        if args:
            calls.append((method,) + args)

    def pixformat(self, value):
        self._use("pixformat", value)
        if mono and value != GRAYSCALE:
            raise RuntimeError("Pixel format is not supported")
        self._pixformat = value

    def framesize(self, value):
        self._use("framesize", value)
        self._framesize = value

    def auto_exposure(self, enable, *, exposure_us=None):
        self._use("auto_exposure", enable, exposure_us)
        self._auto["auto_exposure"] = bool(enable)
        if exposure_us is not None:
            if type(exposure_us) is not int:
                raise TypeError("can't convert to int")
            # The sensor rounds to its line time.
            self._exposure = max(16, exposure_us // 16 * 16)

    def auto_gain(self, enable, *, gain_db=None):
        self._use("auto_gain", enable, gain_db)
        self._auto["auto_gain"] = bool(enable)
        if gain_db is not None:
            self._gain = int(min(gain_db, 24.0) * 4) / 4

    def exposure_us(self):
        self._use("exposure_us")
        return report.get("exposure_us", self._exposure)

    def gain_db(self):
        self._use("gain_db")
        return report.get("gain_db", self._gain)

    def _flag(self, name, value):
        self._use(name, *value)
        if not value:
            return self._flags[name]
        self._flags[name] = bool(value[0])

    def hmirror(self, *value):
        return self._flag("hmirror", value)

    def vflip(self, *value):
        return self._flag("vflip", value)

    def snapshot(self):
        global taken
        if not (self._ready and self._pixformat and self._framesize):
            raise RuntimeError("Sensor is not configured")
        if protocol.in_callback():
            misuse.append("snapshot")
        protocol.interrupt()
        if faults and faults[0] != "encode":
            fault = faults.pop(0)
            if fault:
                raise fault
        if stop_at and taken >= stop_at[0]:
            raise stop_at[1]
        taken += 1
        if self._auto["auto_exposure"]:
            self._exposure += 160
        pixels = struct.pack("<I", taken) * (len(_buffer) // 4)
        half = len(pixels) // 2
        _buffer[:half] = pixels[:half]
        protocol.interrupt()
        _buffer[half:] = pixels[half:]
        width, height = self._framesize
        return Image(_buffer, width, height, len(_buffer))


boot()
