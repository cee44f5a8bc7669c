# SPDX-License-Identifier: GPL-2.0-only
#
# A host of the channel protocol, in CPython: for tests of omvcam behind a pseudo-terminal.
# It is strict: what is not in the specification is an error.

import os
import pty
import select
import struct
import subprocess
import time
import tty

SYNC, GET_CAPS, SET_CAPS, LIST, POLL = 0x00, 0x01, 0x02, 0x20, 0x21
LOCK, UNLOCK, SHAPE, SIZE, READ, WRITE, IOCTL = 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28
SYS_INFO, SYS_EVENT, CHANNEL_EVENT = 0x12, 0x13, 0x29
F_ACK, F_NAK, F_RTX, F_ACK_REQ, F_FRAGMENT, F_EVENT = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
FAILED, INVALID, BUSY, SEQUENCE = 1, 2, 4, 6
STATUS = {1: "FAILED", 2: "INVALID", 4: "BUSY", 5: "CHECKSUM", 6: "SEQUENCE", 7: "OVERFLOW"}
STOP, EXEC, RESET = 1, 2, 3
STDIN, STDOUT, STREAM = 1, 2, 3


def table(bits, poly):
    top, mask = 1 << (bits - 1), (1 << bits) - 1
    result = []
    for byte in range(256):
        v = byte << (bits - 8)
        for _ in range(8):
            v = (v << 1 ^ poly if v & top else v << 1) & mask
        result.append(v)
    return result


TABLE16, TABLE32 = table(16, 0xF94F), table(32, 0xFA567D89)


def crc16(data):
    v = 0xFFFF
    for b in data:
        v = (v << 8 & 0xFFFF) ^ TABLE16[v >> 8 ^ b]
    return v


def crc32(data):
    v = 0xFFFFFFFF
    for b in data:
        v = (v << 8 & 0xFFFFFFFF) ^ TABLE32[v >> 24 ^ b]
    return v


class Nak(Exception):
    pass


class Timeout(Exception):
    pass


class Host:
    """A camera and its host. "with Host(script, options) as h" """

    def __init__(self, omvcam, script, *options, log=None, env=None):
        self.fd, other = pty.openpty()
        tty.setraw(other)
        self.log = log
        self.camera = subprocess.Popen(
            [omvcam, "--tty", os.ttyname(other), "--script", script, *options, "pattern"],
            stdout=log or subprocess.DEVNULL, stderr=log or subprocess.DEVNULL, env=env)
        self.other = other
        self.buffer = b""
        self.seq = 0
        self.events = []  # (channel, value or None), in the order in which they came
        self.packets = []  # since the last request: (opcode, flags)
        self.text = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.camera.terminate()
        self.camera.wait(10)
        os.close(self.fd)
        os.close(self.other)

    # Packets.

    def send(self, channel, opcode, payload=b"", flags=0, seq=None):
        head = struct.pack("<HBBBBH", 0xD5AA, self.seq if seq is None else seq, channel, flags,
                           opcode, len(payload))
        data = head + struct.pack("<H", crc16(head)) + payload
        if payload:
            data += struct.pack("<I", crc32(payload))
        while data:
            data = data[os.write(self.fd, data):]

    def packet(self, seconds):
        """The next packet: (seq, channel, flags, opcode, payload)."""
        end = time.monotonic() + seconds
        while True:
            at = self.buffer.find(b"\xaa\xd5")
            if at >= 0 and len(self.buffer) >= at + 10:
                head = self.buffer[at:at + 8]
                _, seq, channel, flags, opcode, n = struct.unpack("<HBBBBH", head)
                assert crc16(head) == struct.unpack("<H", self.buffer[at + 8:at + 10])[0]
                size = at + 10 + (n + 4 if n else 0)
                if len(self.buffer) >= size:
                    payload = self.buffer[at + 10:at + 10 + n]
                    good = not n or struct.pack("<I", crc32(payload)) == self.buffer[size - 4:size]
                    assert good, (self.buffer[:at + 600], n)
                    self.buffer = self.buffer[size:]
                    return seq, channel, flags, opcode, payload
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise Timeout
            self.buffer += os.read(self.fd, 65536)

    def event(self, packet):
        seq, channel, flags, opcode, payload = packet
        if flags & F_ACK_REQ:
            self.send(channel, opcode, flags=F_ACK, seq=seq)
        if not flags & F_EVENT:
            return False
        value = struct.unpack("<H", payload)[0] if payload else None
        self.events.append((channel, value))
        return True

    def request(self, channel, opcode, payload=b"", seconds=3):
        """The data of the answer. Events before it, and between its parts, are kept."""
        self.packets = []
        self.send(channel, opcode, payload)
        data = b""
        end = time.monotonic() + seconds
        while True:
            packet = self.packet(end - time.monotonic())
            seq, ch, flags, op, part = packet
            self.packets.append((op, flags))
            if self.event(packet):
                continue
            assert (ch, op) == (channel, opcode), packet
            assert seq == self.seq or opcode == SYNC, (packet, self.seq)
            self.seq = (seq + 1) & 0xFF
            if flags & F_NAK:
                status = struct.unpack("<H", part)[0]
                raise Nak(STATUS.get(status, status), data)
            data += part
            if not flags & F_FRAGMENT:
                return data

    def wait_event(self, channel, value, seconds=5):
        end = time.monotonic() + seconds
        while (channel, value) not in self.events:
            self.event(self.packet(end - time.monotonic()))
        del self.events[:self.events.index((channel, value)) + 1]

    def idle(self, seconds):
        """Take what comes by itself."""
        end = time.monotonic() + seconds
        try:
            while True:
                self.event(self.packet(max(0, end - time.monotonic())))
        except Timeout:
            pass

    # Requests.

    def sync(self, tries=20):
        for i in range(tries):
            try:
                self.request(0, SYNC, seconds=0.5)
                if i:
                    self.idle(0.3)  # those that were late are executed, too
                self.seq = 0
                break
            except Timeout:
                pass
        else:
            raise Timeout("no answer to SYNC")
        # CRC, sequence numbers, events
        self.request(0, SET_CAPS, struct.pack("<IH10x", 0x0B, 4082))

    def channels(self):
        data = self.request(0, LIST)
        return {data[i + 2:i + 16].rstrip(b"\0").decode(): (data[i], data[i + 1])
                for i in range(0, len(data), 16)}

    def channel(self, name, seconds=5):
        end = time.monotonic() + seconds
        while True:
            channels = self.channels()
            if name in channels:
                return channels[name][0]
            if time.monotonic() > end:
                raise Timeout("no channel %s" % name)
            time.sleep(0.02)

    def poll(self):
        return struct.unpack("<I", self.request(0, POLL))[0]

    def size(self, channel, **kw):
        return struct.unpack("<I", self.request(channel, SIZE, **kw))[0]

    def shape(self, channel):
        data = self.request(channel, SHAPE)
        return struct.unpack("<%dI" % (len(data) // 4), data)

    def read(self, channel, offset, n):
        return self.request(channel, READ, struct.pack("<II", offset, n), 3 + n / 100000)

    def read_all(self, channel):
        n = self.size(channel)
        return self.read(channel, 0, n) if n else b""

    def write(self, channel, data, offset=0):
        self.request(channel, WRITE, struct.pack("<II", offset, len(data)) + data)

    def ioctl(self, channel, code, arg=b""):
        self.request(channel, IOCTL, struct.pack("<I", code) + arg)

    def status(self, f, *args):
        """"ACK", or the name of the NAK."""
        try:
            f(*args)
            return "ACK"
        except Nak as e:
            return e.args[0]

    # Scripts.

    def output(self):
        """What was printed since the last call."""
        while True:
            n = self.size(STDOUT)
            if not n:
                break
            self.text += self.read(STDOUT, 0, n)
        text, self.text = self.text.decode(), ""
        self.text = b""
        return text

    def printed(self, what, seconds=5):
        """Wait until this was printed: all until then."""
        end, text = time.monotonic() + seconds, ""
        while what not in text:
            text += self.output()
            if time.monotonic() > end:
                raise Timeout("%r was not printed, but %r" % (what, text))
            time.sleep(0.01)
        return text

    def until_reboot(self):
        """All that a script prints, and the greeting: the ring may be too small for it at once."""
        text = ""
        try:
            while (0, 2) not in self.events:
                text += self.output()
                self.idle(0.05)
        except (Nak, Timeout, AssertionError):
            pass  # the counter is 0 again
        self.sync()
        self.events.clear()
        return text + self.printed(">>> ")

    def upload(self, text):
        self.ioctl(STDIN, RESET)
        data = text.encode()
        for i in range(0, len(data), 4000):
            self.write(STDIN, data[i:i + 4000], i)

    def execute(self, text):
        self.upload(text)
        self.events.clear()
        self.ioctl(STDIN, EXEC)
        self.wait_event(STDIN, 1)

    def rebooted(self, seconds=5):
        """After the end of a script that was started by EXEC."""
        self.wait_event(0, 2, seconds)
        self.sync()

    def stop(self):
        """Whatever runs."""
        if self.poll() & 2:
            self.ioctl(STDIN, STOP)
            self.wait_event(STDIN, 0)

    def run(self, text):
        """Start a script, whatever runs now."""
        if self.poll() & 2:
            self.ioctl(STDIN, STOP)
            self.rebooted()
        self.output()
        self.execute(text)

    def resynchronise(self):
        """After something went wrong."""
        time.sleep(0.5)
        self.buffer = b""
        self.sync()
