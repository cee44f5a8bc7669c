# SPDX-License-Identifier: GPL-2.0-only
#
# Mock of the module "protocol" of OpenMV's firmware, as strict as the real one, and functions for a
# host: they call the backend like a request and return the response.
#
# Callbacks run when the script waits or calls the firmware: interrupt() is called there.

import uctypes

MAX_PAYLOAD = 498
READ, WRITE, LOCK, DYNAMIC = 0x01, 0x02, 0x08, 0x20


class Nak(Exception):
    pass


class Timeout(Exception):
    pass


class Channel:
    def __init__(self, index, name, backend, flags):
        self.id = index
        self.name = name
        self.backend = backend
        self.flags = flags

    def send_event(self, event, wait_ack=False):
        interrupt()
        if not (active and events_on):
            raise RuntimeError("failed to send event")
        events.append((self.name, int(event) & 0xFFFF))
        # A request may be served while the bytes of the event are being sent.
        interrupt()


def reset():
    """A soft reboot: the channels are removed."""
    global channels, events, raised, overread, active, events_on, host, _inside
    channels = []
    events = []  # (channel, value)
    raised = []  # (channel, method, exception) that the firmware ignores
    overread = 0  # number of bytes that were sent from beyond the end of a buffer
    active = True
    events_on = True
    host = None  # called at each interrupt()
    _inside = False


def in_callback():
    return _inside


def interrupt():
    global _inside
    if host and not _inside:
        _inside = True
        try:
            host()
        finally:
            _inside = False


def register(*, name, backend, flags=0):
    if _inside:
        raise RuntimeError("register() in a callback")
    for method, flag in (("read", READ), ("readp", READ), ("write", WRITE)):
        if hasattr(backend, method):
            flags |= flag
    if hasattr(backend, "lock") and hasattr(backend, "unlock"):
        flags |= LOCK
    name = name.encode()[:13].decode()
    channel = Channel(4 + len(channels), name, backend, flags | DYNAMIC)
    channels.append(channel)
    interrupt()
    return channel


def init(**_):
    raise AssertionError("protocol.init() removes the USB transport")


# Requests of a host.


def find(name):
    for channel in channels:
        if channel.name == name:
            return channel
    raise Nak("INVALID")


def _call(channel, method, *args):
    """Call a method; return its result, and whether it raised an exception."""
    global _inside
    was, _inside = _inside, True
    try:
        return getattr(channel.backend, method)(*args), False
    except Exception as e:
        raised.append((channel.name, method, e))
        return None, True
    finally:
        _inside = was


def _number(value):
    if type(value) not in (int, bool):
        raise Timeout("the handler raised, no answer")
    return int(value)


def poll(name):
    channel = find(name)
    if not hasattr(channel.backend, "poll"):
        return False
    value, bad = _call(channel, "poll")
    return bool(value) and not bad


def size(name):
    value, bad = _call(find(name), "size")
    return 0 if bad else _number(value)


def shape(name):
    value, bad = _call(find(name), "shape")
    if bad or type(value) is not tuple:
        return ()
    if len(value) > 4:
        raise AssertionError("more than four values: the firmware sends its stack")
    return tuple(_number(n) for n in value)


def _readp(channel, offset, length):
    global overread
    part, bad = _call(channel, "readp", offset, length)
    if bad or part is None:
        raise Nak("FAILED")
    part = memoryview(part)
    # The firmware does not check bounds: it sends the memory after the buffer.
    overread += max(0, length - len(part))
    return bytes(part[:length]) + b"\xee" * (length - len(part))


def read(name, offset, length):
    channel = find(name)
    if not length or not channel.flags & READ:
        raise Nak("INVALID")
    if hasattr(channel.backend, "readp"):
        return _readp(channel, offset, length)
    data = b""
    while len(data) < length:
        chunk = min(512, MAX_PAYLOAD, length - len(data))
        part, bad = _call(channel, "read", offset + len(data), chunk)
        if bad or not part:
            raise Nak("FAILED")
        data += bytes(part)[:chunk]
    return data


_packet = bytearray(MAX_PAYLOAD)


def write(name, data, offset=0):
    channel = find(name)
    if not data or not channel.flags & WRITE:
        raise Nak("INVALID")
    if len(data) > MAX_PAYLOAD - 8:
        raise AssertionError("a WRITE is one packet")
    # The backend gets the receive buffer, which the next packet overwrites.
    _packet[:len(data)] = data
    view = memoryview(_packet)[:len(data)]
    if len(data) % 2:
        view = uctypes.bytearray_at(uctypes.addressof(_packet), len(data))
    value, bad = _call(channel, "write", offset, view)
    for i in range(len(data)):
        _packet[i] = 0x23
    if not bad and not _number(value or 0):
        raise Nak("FAILED")


reset()
