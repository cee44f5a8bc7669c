# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# The module "uprotocol" of OpenMV's firmware: channels whose backends are Python objects, with
# the conversions of the stock binding (protocol.md 3.10-3.17, T-12, T-13, T-32). Scripts import
# it as "protocol", see frozen/protocol.py.

import struct as _struct

import _omv

CHANNEL_FLAG_READ = 0x01
CHANNEL_FLAG_WRITE = 0x02
CHANNEL_FLAG_LOCK = 0x08
CHANNEL_FLAG_PHYSICAL = 0x40
CHANNEL_ID_TRANSPORT = 0
CHANNEL_ID_STDIN = 1
CHANNEL_ID_STDOUT = 2
CHANNEL_ID_STREAM = 3
CHANNEL_ID_PROFILE = 4

# In the order of enum interp_method.
_METHODS = ("poll", "lock", "unlock", "size", "shape", "read", "write", "readp", "ioctl")
_POLL, _LOCK, _UNLOCK, _SIZE, _SHAPE, _READ, _WRITE, _READP, _IOCTL = range(9)
_PHYSICAL = ("read", "write", "size", "is_active")

_OK, _FAILED, _STUCK = 0, 1, 2

_backends = []
_names = []


class ProtocolChannel:
    def __init__(self, name, index):
        self._name = name
        self._id = index

    def __repr__(self):
        return "<ProtocolChannel: %s>" % self._name

    def send_event(self, *args, wait_ack=False):
        if not 1 <= len(args) <= 2:
            raise TypeError("function missing 1 required positional arguments")
        event = _number(args[0]) & 0xFFFF
        if wait_ack or len(args) > 1 and args[1]:
            event |= _omv.EVENT_ACK
        if _omv.request(_omv.EVENT, self._id, event)[0]:
            raise RuntimeError("Failed to send channel event")


def _number(value):
    """As C has it: a bool is one, a float is not."""
    if type(value) not in (int, bool):
        raise TypeError("can't convert %s to int" % type(value).__name__)
    return int(value)


def register(name, flags=0, backend=_backends):
    if backend is _backends:
        raise TypeError("'backend' argument required")
    if type(name) not in (str, bytes):
        raise TypeError("can't convert '%s' object to str implicitly" % type(name).__name__)
    raw = name.encode() if type(name) is str else name
    flags = _number(flags)
    has = 0
    for i, method in enumerate(_METHODS):
        has |= hasattr(backend, method) << i
    if flags & CHANNEL_FLAG_PHYSICAL and all([hasattr(backend, m) for m in _PHYSICAL]):
        raise _refuse("a transport of the script's own")
    if hasattr(backend, "init"):
        try:
            backend.init()
        except Exception:
            raise RuntimeError("Failed to register protocol channel")
    _backends.append(backend)
    _names.append(name)
    error, index, _ = _omv.request(_omv.REGISTER, has, flags, raw[:13])
    if error:
        raise RuntimeError("Failed to register protocol channel")
    return ProtocolChannel(_text(raw[:13]), index)


def _text(raw):
    """A name that was cut in the middle of a character, or is no text, is shown as bytes are."""
    try:
        return str(raw, "utf-8")
    except UnicodeError:
        return str(raw)[2:-1]


def init(crc=True, seq=True, ack=True, events=True, max_payload=4082, rtx_retries=3,
         rtx_timeout_ms=500, lock_interval_ms=10, poll_ms=0):
    if max_payload < 50 or max_payload > 8178 or lock_interval_ms < 10:
        raise RuntimeError("Failed to initialize protocol")
    raise _refuse("protocol.init(), which removes the USB transport on a camera")


def is_active():
    return bool(_omv.request(_omv.ACTIVE)[1])


def _refuse(what):
    text = "the simulated camera does not have %s" % what
    print(text)
    return RuntimeError(text)


# What the camera asks of a backend. Each function returns (result, number, data).


def _poll(method, a, b, data):
    return _OK, bool(method()), b""


def _lock(method, a, b, data):
    return (_OK if method() else _FAILED), 0, b""


def _size(method, a, b, data):
    return _OK, _number(method()), b""


def _shape(method, a, b, data):
    value = method()
    if type(value) is not tuple:
        return _FAILED, 0, b""
    out = bytearray(4 * min(len(value), 4))
    for i in range(len(out) // 4):
        _struct.pack_into("<I", out, 4 * i, _number(value[i]) & 0xFFFFFFFF)
    return _OK, 0, out


def _part(value, size):
    if value is None:
        return _FAILED, 0, b""
    part = memoryview(value)
    if not len(part):
        return _FAILED, 0, b""
    if len(bytes(part[:1])) > 1:
        part = memoryview(bytes(part))
    return _OK, 0, part[:size]


def _read(method, a, b, data):
    return _part(method(a, b), b)


def _write(method, a, b, data):
    value = method(a, data)
    return (_OK if type(value) is int and value else _FAILED), 0, b""


def _ioctl(method, a, b, data):
    value = method(a, b, data)
    return (_FAILED if type(value) is int and value else _OK), 0, b""


_CALLS = (_poll, _lock, _lock, _size, _shape, _read, _write, _read, _ioctl)


def _raises(what):
    """The result of a method that raises: nothing is printed."""
    return (_OK if what in (_POLL, _SIZE, _WRITE) else _FAILED), 0, b""


class _Fault(Exception):
    pass


def _report(index, what, e):
    """For the script's author: a camera says nothing."""
    _omv.log("omvcam: %s() of channel %s: " % (_METHODS[what], _names[index]))
    _omv.log_exception(e)


def _call(message):
    _, what, index, a, b, data = message

    def method(*args):
        try:
            return getattr(_backends[index], _METHODS[what])(*args)
        except BaseException as e:
            _report(index, what, e)
            raise _Fault

    try:
        return _CALLS[what](method, a, b, data)
    except _Fault:
        return _raises(what)
    except BaseException as e:
        # Outside of the guard of the binding's C code, for two of them.
        if what in (_SIZE, _SHAPE):
            _omv.fault = e
            return _STUCK, 0, b""
        _report(index, what, e)
        return _FAILED, 0, b""


_omv.on_call = _call
