# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# CBOR (RFC 8949): floats are written in 8 bytes, NaN and infinity in 2.

import struct


class CBOREncodeError(ValueError):
    pass


class Map:
    """A map that keeps its order: pairs."""

    def __init__(self, pairs):
        self.pairs = pairs


def _head(out, major, n):
    if n < 24:
        out.append(major << 5 | n)
        return
    for code, size, fmt in ((24, 1, ">B"), (25, 2, ">H"), (26, 4, ">I"), (27, 8, ">Q")):
        if n < 1 << 8 * size:
            out.append(major << 5 | code)
            out.extend(struct.pack(fmt, n))
            return
    raise CBOREncodeError("integer too large")


def _float(out, value):
    if value != value:
        out.extend(b"\xf9\x7e\x00")
    elif value - value != 0:
        out.extend(b"\xf9\x7c\x00" if value > 0 else b"\xf9\xfc\x00")
    else:
        out.append(0xFB)
        out.extend(struct.pack(">d", value))


def _put(out, value):
    kind = type(value)
    if kind is bool:
        out.append(0xF5 if value else 0xF4)
    elif kind is int:
        _head(out, 1 if value < 0 else 0, -1 - value if value < 0 else value)
    elif kind is float:
        _float(out, value)
    elif value is None:
        out.append(0xF6)
    elif kind is str:
        raw = value.encode()
        _head(out, 3, len(raw))
        out.extend(raw)
    elif kind in (list, tuple):
        _head(out, 4, len(value))
        for item in value:
            _put(out, item)
    elif kind in (dict, Map):
        pairs = value.pairs if kind is Map else list(value.items())
        _head(out, 5, len(pairs))
        for key, item in pairs:
            _put(out, key)
            _put(out, item)
    else:
        try:
            raw = bytes(memoryview(value))
        except TypeError:
            raise CBOREncodeError("cannot serialize type %s" % kind.__name__)
        _head(out, 2, len(raw))
        out.extend(raw)


class CBOREncoder:
    def __init__(self, fp):
        self.fp = fp

    def encode(self, value):
        out = bytearray()
        _put(out, value)
        self.fp.write(out)


def dumps(value):
    out = bytearray()
    _put(out, value)
    return bytes(out)


def dump(value, fp):
    CBOREncoder(fp).encode(value)
