# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# CBOR (RFC 8949): tags, undefined and half floats are not read.

import io
import struct


class CBORDecodeError(ValueError):
    pass


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


class CBORDecoder:
    def __init__(self, fp):
        self.fp = fp

    def decode(self):
        return _get(self.fp)


def load(fp):
    return _get(fp)


def loads(data):
    return _get(io.BytesIO(data))
