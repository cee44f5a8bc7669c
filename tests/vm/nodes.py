#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
#
# nodes.py TEST NODE...: tests of the device nodes of channels, for tests/065-nodes. The exit
# status is 0 if the test passes.

import ctypes
import errno
import fcntl
import os
import random
import select
import struct
import sys
import threading
import time


def ioc(direction, number, size):
    return direction << 30 | size << 16 | ord('O') << 8 | number


SIZE = ioc(2, 0x40, 4)
SHAPE = ioc(2, 0x41, 20)
EVENT = ioc(2, 0x42, 8)
POLL = ioc(2, 0x43, 4)
LOCK = ioc(0, 0x44, 0)
UNLOCK = ioc(0, 0x45, 0)
COMMAND = ioc(1, 0x46, 16)


def get(fd, request, fmt):
    buf = bytearray(struct.calcsize(fmt))
    fcntl.ioctl(fd, request, buf)
    return struct.unpack(fmt, buf)


def ioctl_at(fd, request, address):
    if ctypes.CDLL(None, use_errno=True).ioctl(fd, ctypes.c_ulong(request), ctypes.c_ulong(address)):
        raise OSError(ctypes.get_errno(), 'ioctl')


def command(fd, code, data=b''):
    mem = ctypes.create_string_buffer(data, max(len(data), 1))
    fcntl.ioctl(fd, COMMAND, struct.pack('IIQ', code, len(data), ctypes.addressof(mem)))


def fails(error, function, *args):
    try:
        got = function(*args)
    except OSError as e:
        assert e.errno == error, f'{function.__name__}: {e}, not {errno.errorcode[error]}'
    else:
        raise AssertionError(f'{function.__name__}: {got}, not {errno.errorcode[error]}')


def wait(fd, seconds=5):
    """Return the result of poll() for reading; wait up to SECONDS for an event."""
    p = select.poll()
    p.register(fd, select.POLLIN)
    return sum(event for _, event in p.poll(seconds * 1000))


def store(path):
    """A channel that stores bytes; initially 600 bytes: 0, 1, ... 250, 0, ..."""
    first = bytes(i % 251 for i in range(600))
    fd = os.open(path, os.O_RDWR)
    assert wait(fd, 0) == select.POLLIN
    assert get(fd, SIZE, 'I') == (600,)
    assert os.read(fd, 100) + os.read(fd, 400) + os.read(fd, 400) == first
    assert os.read(fd, 100) == b'' and wait(fd, 0) == 0
    assert os.pread(fd, 50, 10) == first[10:60]

    # An open file keeps the content that it has started to read; a read at 0 gets the new content.
    os.lseek(fd, 0, os.SEEK_SET)
    assert os.read(fd, 10) == first[:10]
    other = os.open(path, os.O_WRONLY)
    assert os.write(other, b'new') == 3
    assert os.read(fd, 1000) == first[10:]
    os.lseek(fd, 0, os.SEEK_SET)
    assert os.read(fd, 1000) == b'new' and os.pread(fd, 9, 0) == b'new'
    assert os.lseek(fd, 0, os.SEEK_END) == 3

    # Longer than a packet. Each write replaces the content, unless the file has O_APPEND.
    large = random.randbytes(20001)
    assert os.write(other, large) == len(large)
    assert get(fd, SIZE, 'I') == (len(large),) and os.pread(fd, 30000, 0) == large
    assert os.write(other, b'') == 0 and os.write(other, b'x') == 1 and os.pread(fd, 9, 0) == b'x'
    append = os.open(path, os.O_WRONLY | os.O_APPEND)
    for at in range(0, len(large), 3333):
        os.write(append, large[at:at + 3333])
    assert os.pread(fd, 30000, 0) == large
    fails(errno.EFBIG, os.write, other, bytes(1 << 20 | 1))

    # Requests of the channel: 1 empties it, 2 replaces its content by the argument; others fail.
    command(fd, 2, b'hello')
    assert os.pread(fd, 9, 0) == b'hello'
    command(fd, 1)
    assert get(fd, SIZE, 'I') == (0,) and os.pread(fd, 9, 0) == b''
    fails(errno.EINVAL, command, fd, 99)
    fails(errno.EINVAL, command, fd, 2, bytes(1 << 14))
    fails(errno.EBADF, command, os.open(path, os.O_RDONLY), 1)


def lock(path):
    a, b = os.open(path, os.O_RDWR), os.open(path, os.O_RDWR)
    fails(errno.EPERM, fcntl.ioctl, a, UNLOCK)
    fcntl.ioctl(a, LOCK)
    fails(errno.EALREADY, fcntl.ioctl, a, LOCK)
    fails(errno.EBUSY, fcntl.ioctl, b, LOCK)
    fails(errno.EPERM, fcntl.ioctl, b, UNLOCK)
    fcntl.ioctl(a, UNLOCK)
    fcntl.ioctl(b, LOCK)
    os.close(b)
    fcntl.ioctl(a, LOCK)
    fails(errno.EBADF, fcntl.ioctl, os.open(path, os.O_RDONLY), LOCK)


def lock_session(path, device):
    """A new session releases all locks; a file that had a lock must not release that of another."""
    a, b, c = (os.open(path, os.O_RDWR) for _ in range(3))
    fcntl.ioctl(a, LOCK)
    usb = os.open(device, os.O_WRONLY)
    fcntl.ioctl(usb, ord('U') << 8 | 20)
    os.close(usb)
    assert get(a, SIZE, 'I') == (600,)
    fails(errno.EPERM, fcntl.ioctl, a, UNLOCK)
    fcntl.ioctl(b, LOCK)
    os.close(a)
    fails(errno.EBUSY, fcntl.ioctl, c, LOCK)


def trigger(path):
    """Each write is a press, and each press sends an event with the number of presses."""
    fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    assert os.read(fd, 9) == b'0\n' and get(fd, EVENT, 'IHH') == (0, 0, 0)
    for n in range(1, 21):
        assert wait(fd, 0) == 0 or n == 1
        os.write(fd, b'press')
        while get(fd, EVENT, 'IHH')[0] < n:
            assert wait(fd) == select.POLLIN
        assert get(fd, EVENT, 'IHH') == (n, n, 0)
        assert os.pread(fd, 9, 0) == b'%d\n' % n


def histogram(path, frame_size):
    fd = os.open(path, os.O_RDWR)
    assert get(fd, SHAPE, '5I') == (1, 256, 0, 0, 0)
    for _ in range(5):
        assert wait(fd) == select.POLLIN
        counts = struct.unpack('256I', os.pread(fd, 2000, 0))
        assert sum(counts) == int(frame_size) // 64, sum(counts)
    fails(errno.EOPNOTSUPP, os.write, fd, b'x')


def one_way(stdin, stdout):
    a, b = os.open(stdin, os.O_RDWR), os.open(stdout, os.O_RDWR)
    fails(errno.EOPNOTSUPP, os.read, a, 1)
    fails(errno.EOPNOTSUPP, os.write, b, b'x')
    fails(errno.ESPIPE, os.lseek, b, 0, os.SEEK_SET)
    assert get(a, POLL, 'I') == (1,)
    fails(errno.EINVAL, command, a, 77)
    fails(errno.EIO, command, a, 2)


def readers(path):
    """Two readers of the console share the output; neither fails."""
    failed = []

    def follow():
        fd = os.open(path, os.O_RDONLY)
        end = time.monotonic() + 3
        try:
            while time.monotonic() < end:
                assert os.read(fd, 4096)
        except OSError as e:
            failed.append(e)

    threads = [threading.Thread(target=follow) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failed, failed
    fd = os.open(path, os.O_RDONLY)
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.read(fd, ctypes.c_void_p(8), 10) == -1 and ctypes.get_errno() == errno.EFAULT


def console(path, control):
    """Reading the console never ends, even when the script is stopped."""
    fd = os.open(path, os.O_RDONLY)
    text = b''
    while b'frame 40' not in text:
        text += os.read(fd, 7)
    with open(control, 'w') as c:
        c.write('stop\n')
    while b'soft reboot' not in text:
        text += os.read(fd, 4096)
    fails(errno.EAGAIN, os.read, os.open(path, os.O_RDONLY | os.O_NONBLOCK), 1)
    numbers = [int(line.split()[1].rstrip(',')) for line in text.decode().splitlines() if line.startswith('frame ')]
    assert numbers == list(range(numbers[0], numbers[0] + 10 * len(numbers), 10)), numbers


def removed(path, do):
    """Waiters on the node of a channel that is removed wake up."""
    fd = os.open(path, os.O_RDWR)
    os.read(fd, 1000)
    held = os.open(path, os.O_RDWR)
    assert os.read(held, 1) and wait(fd, 0) == 0
    os.system(do)
    deadline = time.monotonic() + 20
    while wait(fd) != select.POLLERR | select.POLLHUP:
        os.pread(fd, 1000, 0)
        assert time.monotonic() < deadline
    fails(errno.ENODEV, os.read, fd, 1)
    fails(errno.ENODEV, os.read, held, 1)
    fails(errno.ENODEV, os.pread, fd, 1, 0)
    fails(errno.ENODEV, os.write, fd, b'x')
    fails(errno.ENODEV, get, fd, SIZE, 'I')
    fails(errno.ENODEV, fcntl.ioctl, fd, LOCK)


def names(directory, count):
    """Each node belongs to a different channel, and its name is safe."""
    paths = sorted(os.path.join(directory, name) for name in os.listdir(directory))
    stores = [p for p in paths if os.path.basename(p) not in ('stdin', 'stdout', 'config')]
    assert len(stores) == int(count), f'{len(stores)} nodes: {stores}'
    for n, path in enumerate(stores):
        with open(path, 'wb', buffering=0) as f:
            f.write(b'%d' % n)
    for n, path in enumerate(stores):
        with open(path, 'rb') as f:
            assert f.read() == b'%d' % n, path
    for path in stores:
        assert all(c.isascii() and (c.isalnum() or c in '_-.+') for c in os.path.basename(path)), path


def hostile(path):
    """Invalid requests with invalid addresses."""
    rnd = random.Random(1)
    fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    known = [SIZE, SHAPE, EVENT, POLL, COMMAND]
    for _ in range(3000):
        request = rnd.choice(known) ^ (rnd.random() < 0.5) << rnd.randrange(32)
        try:
            if request in known and request != COMMAND or rnd.random() < 0.5:
                ioctl_at(fd, request, rnd.choice([0, 8, 1 << 47, (1 << 64) - 4096]))
            else:
                fcntl.ioctl(fd, request, rnd.randbytes(rnd.randrange(1, 64)))
        except OSError as e:
            assert e.errno in (errno.ENOTTY, errno.EFAULT, errno.EINVAL, errno.EIO, errno.EPERM,
                               errno.EBUSY, errno.EALREADY), e
    for seek in range(300):
        try:
            os.pread(fd, rnd.randrange(1 << 17), rnd.choice([0, 1, 599, 600, 601, 1 << 20, (1 << 63) - 1]))
        except OSError as e:
            assert e.errno == errno.EINVAL, e


globals()[sys.argv[1]](*sys.argv[2:])
