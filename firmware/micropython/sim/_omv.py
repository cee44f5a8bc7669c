# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# The interpreter's end of firmware/camera/interp.h: messages to and from the simulated camera.
#
# A camera's protocol runs in callbacks of MicroPython's scheduler, on the thread of the script:
# at jumps of its bytecode, and where it waits. So here: where the script waits for the camera or
# sleeps, the messages are read at once. At a jump a callback of the scheduler reads them, which
# a second thread asks for whenever something arrives; that thread never touches an object of
# the script's.

import _thread
import ffi
import micropython
import uos as os
import platform
import struct
import sys
import uctypes
import utime

SOCKET = const(3)
MEMORY = const(4)
MEMORY_BYTES = const(64 << 20)

EXEC, STOP, ATTEND, CALL, RELEASE, REPLY = 1, 2, 3, 4, 5, 6
IDLE, READY, VALUE = 32, 33, 34
REGISTER, EVENT, ACTIVE, SNAPSHOT, CONVERT, PUBLISH, RESET = 64, 65, 66, 67, 68, 69, 70
BLOBS = 71

INLINE = 0xFFFFFFFF
EVENT_ACK = const(0x10000)

EINTR = const(4)
SIGINT = const(2)
SIGUSR2 = const(12)

_libc = ffi.open("libc.so.6")
_read = _libc.func("l", "read", "ipL")
_write = _libc.func("l", "write", "ipL")
_poll = _libc.func("i", "poll", "pLi")
_mmap = _libc.func("p", "mmap", "pLiiil")
_getpid = _libc.func("i", "getpid", "")
_tgkill = _libc.func("l", "syscall", "liii")
_epoll_wait = _libc.func("i", "epoll_wait", "ipii")
_exit = _libc.func("v", "_exit", "i")

_pid = _getpid()

# The memory of the pictures, which the camera draws into.
memory = uctypes.bytearray_at(_mmap(None, MEMORY_BYTES, 3, 1, MEMORY, 0), MEMORY_BYTES)
memory_address = uctypes.addressof(memory)

_HEAD = "<IBBHII"
_HEAD_SIZE = const(16)
_head_in = bytearray(_HEAD_SIZE)
_pollfd = bytearray(struct.pack("<ihh", SOCKET, 1, 0))

_depth = 0  # > 0: messages are being read
_missed = False  # something came meanwhile
_serving = False  # a callback may run now
_stop = False  # the script is to be interrupted
_tag = 0
_replies = {}  # by tag: None while it is awaited
running = False  # a script
fault = None  # an exception that belongs into the script, wherever it is (T-32)
_raised = False  # it is there
on_call = None  # protocol.call()
_scripts = []  # to be run


def _fill(buf, n):
    address = uctypes.addressof(buf)
    done = 0
    while done < n:
        got = _read(SOCKET, address + done, n - done)
        if got > 0:
            done += got
        elif got == 0 or os.errno() != EINTR:
            _exit(0)  # the camera is no more


def _put(buf, n):
    address = uctypes.addressof(buf)
    done = 0
    while done < n:
        put = _write(SOCKET, address + done, n - done)
        if put > 0:
            done += put
        elif os.errno() != EINTR:
            _exit(0)


def _send(op, what, tag, a, b, *parts):
    n = 0
    for part in parts:
        n += len(part)
    _put(struct.pack(_HEAD, n, op, what, tag, a & INLINE, b & INLINE), _HEAD_SIZE)
    for part in parts:
        if len(part):
            _put(part, len(part))


def _receive():
    _fill(_head_in, _HEAD_SIZE)
    n, op, what, tag, a, b = struct.unpack(_HEAD, _head_in)
    data = None
    if n:
        data = bytearray(n)
        _fill(data, n)
    return op, what, tag, a, b, data


def _readable(ms):
    return _poll(uctypes.addressof(_pollfd), 1, ms) > 0


def _handle(message):
    global _stop
    op, what, tag, a, b, data = message
    if op == REPLY:
        if tag in _replies:
            _replies[tag] = (what, a, data)
    elif op == ATTEND:
        _serve()
    elif op == STOP:
        _stop = True
    elif op == EXEC:
        _scripts.append(data)


def _serve():
    """The protocol runs: the camera calls methods until it lets the script go on."""
    global _serving
    _serving = True
    _send(READY, 0, 0, 0, 0)
    while True:
        message = _receive()
        op = message[0]
        if op == RELEASE:
            break
        if op == CALL:
            what, value, data = on_call(message)
            _send(VALUE, what, 0, value, 0, data)
        else:
            _handle(message)
    _serving = False


def _read_all():
    global _missed
    while True:
        _missed = False
        while _readable(0):
            _handle(_receive())
        if not _missed:
            break


def _take_over():
    """Is the script to be interrupted now?"""
    global _stop, _raised
    was = _stop or (fault is not None and not _raised)
    _stop = False
    _raised = fault is not None
    return was and running


def _scheduled(_):
    """At a jump of the script's bytecode. What is raised here would be lost."""
    global _depth, _missed, _pending, _interrupts
    _pending = False
    if _depth:
        _missed = True
        return
    _depth = 1
    try:
        _read_all()
    finally:
        _depth = 0
    if running and not _interrupts and (_stop or fault is not None and not _raised):
        _interrupts = 20
        _watch.wake()


def _check():
    """After messages were read by the script itself."""
    if not _serving and _take_over():
        raise fault or KeyboardInterrupt()


def wait(ms):
    """Serve the camera for so long; -1: until something happens."""
    global _depth
    if _serving:
        _poll(0, 0, ms)
        return
    _depth += 1
    try:
        if _missed or _readable(ms):
            _read_all()
    finally:
        _depth -= 1
    _check()


def request(op, a=0, b=0, *parts):
    """Ask the camera, and return (error, value, data)."""
    global _depth, _tag
    _depth += 1
    _tag = tag = (_tag + 1) & 0xFFFF
    try:
        _replies[tag] = None
        _send(op, 0, tag, a, b, *parts)
        while _replies[tag] is None and not (_stop and not _serving):
            _handle(_receive())
        reply = _replies[tag]
        if _missed and not _serving:
            _read_all()
    finally:
        del _replies[tag]
        _depth -= 1
    _check()
    return reply


def tell(op):
    _send(op, 0, 0, 0, 0)


def sleep_us(us):
    start = utime.ticks_us()
    while True:
        left = us - utime.ticks_diff(utime.ticks_us(), start)
        if left <= 0:
            break
        if left < 1000:
            utime.sleep_us(left)
        else:
            wait(min(left // 1000, 1000000))


def busy_us(us):
    """Let the time pass, and serve nobody."""
    global _depth
    start = utime.ticks_us()
    _depth += 1
    try:
        while True:
            left = us - utime.ticks_diff(utime.ticks_us(), start)
            if left <= 0:
                break
            utime.sleep_us(left)
    finally:
        _depth -= 1
    if _missed:
        wait(0)


def begin():
    """A script begins."""
    global running, _stop, fault, _raised
    _stop = _raised = False
    fault = None
    running = True


def next_script():
    """Wait for a script: (name, text)."""
    while not _scripts:
        wait(-1)
    data = _scripts.pop(0)
    end = data.find(b"\0")
    return str(data[:end], "utf-8"), data[end + 1:]


def idle(crashed):
    _send(IDLE, crashed, 0, 0, 0)


# What only the user of omvcam sees: its standard error. That of a script is printed.


def log(text):
    _stderr.write(text)


def log_exception(e):
    sys.print_exception(e, _stderr)


def _standard_files():
    """Standard error is standard output, and nobody types on standard input."""
    global _stderr
    dup2 = _libc.func("i", "dup2", "ii")
    _stderr = open(_libc.func("i", "dup", "i")(2), "w")
    dup2(1, 2)
    pipe = bytearray(8)
    _libc.func("i", "pipe", "p")(pipe)
    dup2(struct.unpack("<ii", pipe)[0], 0)


# The thread.

_PERIOD = const(10)  # ms
_pending = False  # a callback is scheduled and has not run
# The script is to be interrupted. It is best done where it waits. If it does not, after so many
# periods, by a signal: then it may be within an allocation and be lost with its lock, so that
# the camera has to kill it.
_interrupts = 0


def _interrupt():
    global _interrupts
    _interrupts -= 1
    if _interrupts:
        return
    if _depth:
        _interrupts = 1
    elif _take_over():
        _tgkill(_watch.tgkill, _pid, _pid, SIGINT)


class _Watch:
    """any() of this never ends. What it does allocates nothing."""

    def __init__(self):
        epoll = _libc.func("i", "epoll_create1", "i")(0)
        self.event = bytearray(16)
        self.buffer = uctypes.addressof(self.event)
        self.epoll = epoll
        self.waker = _libc.func("i", "eventfd", "ii")(0, 0)
        # EPOLLIN, edge-triggered: once for each time something arrives
        event = bytearray(16)
        struct.pack_into("<I", event, 0, 1 | 1 << 31)
        for fd in (SOCKET, self.waker):
            _libc.func("i", "epoll_ctl", "iiip")(epoll, 1, fd, event)
        self.tgkill = 131 if "aarch64" in platform.platform() else 234

    def wake(self):
        _write(self.waker, b"\1\0\0\0\0\0\0\0", 8)

    def __iter__(self):
        return self

    def __next__(self):
        global _pending
        wait = _PERIOD if _pending or _interrupts else -1
        if _epoll_wait(self.epoll, self.buffer, 1, wait) <= 0:
            # Still not run: the script is in a system call.
            if _pending:
                _tgkill(self.tgkill, _pid, _pid, SIGUSR2)
            if _interrupts:
                _interrupt()
            return False
        _pending = True
        try:
            micropython.schedule(_scheduled, None)
        except RuntimeError:
            pass
        return False


def start():
    _standard_files()
    # A signal that does nothing but end a system call: getpid() is its handler.
    _libc.func("p", "signal", "ip")(SIGUSR2, _libc.addr("getpid"))
    _libc.func("i", "siginterrupt", "ii")(SIGUSR2, 1)
    global _watch
    _watch = _Watch()
    _thread.start_new_thread(any, (_watch,))
