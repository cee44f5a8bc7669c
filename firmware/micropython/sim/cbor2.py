# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# CBOR (RFC 8949), as far as the module of this name in cameras has it: floats are written in
# 8 bytes, NaN and infinity in 2; tags, undefined and half floats are not read.

import io
import struct


class CBORDecodeError(ValueError):
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
    raise ValueError("integer too large")


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
            raise ValueError("cannot serialize type %s" % kind.__name__)
        _head(out, 2, len(raw))
        out.extend(raw)


def dumps(value):
    out = bytearray()
    _put(out, value)
    return bytes(out)


def dump(value, f):
    f.write(dumps(value))


_BREAK = object()


def _number(f, info):
    if info < 24:
        return info
    if info > 27:
        raise CBORDecodeError("unknown length")
    size = 1 << info - 24
    return int.from_bytes(_take(f, size), "big")


def _take(f, n):
    data = f.read(n)
    if len(data) != n:
        raise CBORDecodeError("premature end of stream")
    return data


def _items(f, info):
    if info == 31:
        while True:
            item = _get(f)
            if item is _BREAK:
                return
            yield item
    for _ in range(_number(f, info)):
        yield _get(f)


def _chunks(f, info):
    if info == 31:
        parts = []
        for part in _items(f, info):
            parts.append(part if type(part) is bytes else part.encode())
        return b"".join(parts)
    return _take(f, _number(f, info))


def _simple(f, info):
    if info == 26:
        return struct.unpack(">f", _take(f, 4))[0]
    if info == 27:
        return struct.unpack(">d", _take(f, 8))[0]
    if info == 31:
        return _BREAK
    if info in (20, 21, 22):
        return (False, True, None)[info - 20]
    raise CBORDecodeError("simple value %d" % info)


def _get(f):
    first = _take(f, 1)[0]
    major, info = first >> 5, first & 31
    if major == 0:
        return _number(f, info)
    if major == 1:
        return -1 - _number(f, info)
    if major == 2:
        return _chunks(f, info)
    if major == 3:
        return str(_chunks(f, info), "utf-8")
    if major == 4:
        return list(_items(f, info))
    if major == 5:
        result = {}
        if info == 31:
            items = list(_items(f, info))
            for i in range(0, len(items), 2):
                result[items[i]] = items[i + 1]
        else:
            for _ in range(_number(f, info)):
                key = _get(f)
                result[key] = _get(f)
        return result
    if major == 7:
        return _simple(f, info)
    raise CBORDecodeError("tags are not supported")


def load(f):
    return _get(f)


def loads(data):
    return _get(io.BytesIO(data))
