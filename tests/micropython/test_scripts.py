# SPDX-License-Identifier: GPL-2.0-only
#
# Scripts of the kinds that people have written for cameras, in the simulated one: what a host
# gets from them. Prints TAP.
#
#	test_scripts.py OMVCAM [NAME...]

import struct
import sys

import suite
from host import *
from suite import equal, has, output, test

CAMERA = """
import csi, image, json, protocol, struct, time
csi0 = csi.CSI()
csi0.reset()
csi0.pixformat(csi.RGB565)
csi0.framesize(csi.QVGA)
"""
WAIT = """
while True:
    time.sleep_ms(20)
"""


def shown(h, text, *names):
    """Run it; return the ids of its channels."""
    h.run(text)
    return [h.channel(name) for name in names]


def latched(h, channel, shape, size):
    """A picture of a channel with a latch: it is new after the READ of its end, not before."""
    equal((h.shape(channel), h.size(channel)), (shape, size))
    wait_bit(h, channel)
    part = h.read(channel, size // 4, size // 4)
    assert h.poll() >> channel & 1, "the latch is open before the end was read"
    data = h.read(channel, 0, size)
    equal(len(data), size)
    equal(data[size // 4:size // 2], part)
    wait_bit(h, channel)
    assert h.read(channel, size // 4, size // 4) != part, "always the same picture"


def wait_bit(h, channel):
    end = time.monotonic() + 3
    while not h.poll() >> channel & 1:
        assert time.monotonic() < end, "no picture"
        time.sleep(0.01)


@test
def colour_tool(h):
    """Bayer HD in one buffer: the view of the first picture shows each later one"""
    (bayer,) = shown(h, """
import csi, json, protocol, time
csi0 = csi.CSI()
csi0.reset()
csi0.pixformat(csi.BAYER)
csi0.framesize(csi.HD)
csi0.framebuffers(1)
img = csi0.snapshot()
info = json.loads(str(img))
PATTERNS = ("bayer_bggr", "bayer_gbrg", "bayer_grbg", "bayer_rggb")
view = memoryview(img.bytearray())
new = True
class Bayer:
    def poll(self):
        return new
    def size(self):
        return info["size"]
    def shape(self):
        return (info["h"], info["w"], PATTERNS.index(info["type"]), info["size"])
    def readp(self, offset, size):
        global new
        if offset + size >= info["size"]:
            new = False
        return view[offset:offset + size]
protocol.register(name="bayer", backend=Bayer())
while True:
    if not new:
        csi0.snapshot()
        new = True
    time.sleep_ms(5)
""", "bayer")
    n = 1280 * 720
    h.read(bayer, n - 1, 1)  # the picture of the start
    latched(h, bayer, (720, 1280, 0, n), n)
    equal({p[1] for p in h.packets}, {F_FRAGMENT, 0})


@test
def two_sensors(h):
    """two latches side by side, of different sensors and formats, without events"""
    main, lepton, genx = shown(h, """
import csi, image, protocol, time
class Latch:
    def __init__(self, name, sensor):
        self.sensor = sensor
        self.new = False
        self.take()
        protocol.register(name=name, backend=self)
    def take(self):
        if not self.new:
            self.img = self.sensor.snapshot(blocking=True)
            self.new = True
    def poll(self): return self.new
    def size(self): return self.img.size()
    def shape(self): return (self.img.height(), self.img.width(), self.img.size())
    def readp(self, offset, size):
        if offset + size == self.img.size():
            self.new = False
        return memoryview(self.img.bytearray())[offset:offset + size]
def sensor(cid, pixformat, framesize, hard):
    s = csi.CSI(cid=cid)
    s.reset(hard=hard)
    s.pixformat(pixformat)
    s.framesize(framesize)
    return s
a = Latch("main", sensor(-1, csi.RGB565, csi.VGA, True))
l = sensor(csi.LEPTON, csi.RGB565, csi.QQVGA, False)
l.color_palette(image.PALETTE_IRONBOW)
l.ioctl(csi.IOCTL_LEPTON_SET_MODE, True, False)
l.ioctl(csi.IOCTL_LEPTON_SET_RANGE, 20.0, 35.0)
b = Latch("lepton", l)
g = sensor(csi.GENX320, csi.GRAYSCALE, (320, 320), False)
g.ioctl(csi.IOCTL_GENX320_SET_BIASES, csi.GENX320_BIASES_DEFAULT)
g.framerate(50); g.brightness(128); g.contrast(16)
c = Latch("genx320", g)
while True:
    for latch in (a, b, c):
        latch.take()
    time.sleep_ms(1)
""", "main", "lepton", "genx320")
    latched(h, main, (480, 640, 614400), 614400)
    latched(h, lepton, (120, 160, 38400), 38400)
    latched(h, genx, (320, 320, 102400), 102400)
    equal(sorted(e for e in h.events if e[0] > 3), [])
    info = struct.unpack("<3I", h.request(0, SYS_INFO)[20:32])
    equal(info, (0x56, 0x54, 0xB0602003))


@test
def copies(h):
    """a copy of the JPEG for each picture, with an event; the host may be away"""
    (frame,) = shown(h, CAMERA + """
clock = time.clock()
latest = b""
class Frame:
    def size(self): return len(latest)
    def read(self, offset, size): return latest[offset:offset + size]
h = protocol.register(name="frame", backend=Frame())
csi0.framerate(30)
while True:
    clock.tick()
    latest = bytes(csi0.snapshot().compress(quality=35).bytearray())
    if protocol.is_active():
        try:
            h.send_event(1)
        except RuntimeError:
            pass
""", "frame")
    for _ in range(2):
        h.events.clear()
        h.wait_event(frame, 1)
    n = h.size(frame)
    data = h.read(frame, 0, 100)
    equal((data[:2], n > 1000), (b"\xff\xd8", True))
    h.request(0, SET_CAPS, struct.pack("<IH10x", 0x03, 4082))  # no events: the script goes on
    h.events.clear()
    time.sleep(0.1)
    equal((h.poll() & 2, [e for e in h.events if e[0] == frame]), (2, []))
    h.sync()
    h.wait_event(frame, 1)


@test
def texts(h):
    """what size() makes is what read() gives; write() takes JSON, a number, several keys"""
    ids = shown(h, CAMERA + """
class Text:
    n = 0
    def size(self):
        self.n += 1
        self.text = self.make().encode()
        return len(self.text)
    def read(self, offset, size):
        return self.text[offset:offset + size]
class Counter(Text):
    def make(self):
        return str(self.n)
class Telemetry(Text):
    def make(self):
        return json.dumps({"n": self.n, "t": 1.5, "on": True, "list": (1, None), "name": "gr\u00fc\u00dfe"})
class Config(Text):
    values = {"quality": 85, "mirror": False}
    def make(self):
        return json.dumps(self.values)
    def write(self, offset, data):
        new = json.loads(bytes(data))
        if isinstance(new, dict):
            self.values.update(new)
        else:
            self.values["quality"] = int(new)
        return len(data)
class Number:
    def write(self, offset, data):
        print("number", int(bytes(data)))
        return 1
for name, b in (("count", Counter()), ("telemetry", Telemetry()), ("config", Config()), ("number", Number())):
    protocol.register(name=name, backend=b)
print("ready")
""" + WAIT, "count", "telemetry", "config", "number")
    count, telemetry, config, number = ids
    equal([h.channels()[n][1] for n in ("count", "config", "number")], [0x21, 0x23, 0x22])
    equal([h.read_all(count) for _ in range(3)], [b"1", b"2", b"3"])
    import json
    equal(json.loads(h.read_all(telemetry)), {"n": 1, "t": 1.5, "on": True, "list": [1, None], "name": "gr\u00fc\u00dfe"})
    h.write(config, b'{"quality": 50, "other": [1]}')
    h.write(config, b"60")
    equal(json.loads(h.read_all(config)), {"quality": 60, "mirror": False, "other": [1]})
    equal(h.status(h.write, config, b"{"), "ACK")  # it raises
    h.write(number, b"42")
    has(h.printed("number 42"), "ready")
    equal((h.status(h.size, number), h.status(h.read, number, 0, 1)), ("INVALID", "INVALID"))


@test
def records(h):
    """struct, %, rows of numbers: SHAPE (n, fields)"""
    blobs, text, events = shown(h, """
import array, image, protocol, struct, time
img = image.Image(60, 40, image.RGB565)
img.draw_rectangle((5, 6, 10, 8), color=(255, 0, 0), fill=True)
img.draw_rectangle((30, 6, 4, 20), color=(255, 0, 0), fill=True)
img.draw_rectangle((40, 30, 10, 5), color=(0, 0, 255), fill=True)
RED, BLUE = (30, 100, 40, 127, 15, 127), (0, 60, 20, 127, -128, -30)
found = img.find_blobs([RED, BLUE], pixels_threshold=51) + img.find_blobs([RED], merge=True, margin=20)
class Blobs:
    def shape(self): return (len(found), 6)
    def size(self): return 24 * len(found)
    def read(self, offset, size):
        rows = [struct.pack("<6I", b.cx, b.cy, b.pixels, b.code, b.count, b.rect[2]) for b in found]
        return b"".join(rows)[offset:offset + size]
class Text:
    def size(self): return len(self.read(0, 0))
    def read(self, offset, size): return b"%d,%s;%5.2f" % (7, "x", 1.5)
class Events:
    data = array.array("H", range(6 * 100))
    def poll(self): return 1
    def shape(self): return (100, 6)
    def size(self): return 1200
    def readp(self, offset, size): return memoryview(self.data)[offset // 2:(offset + size) // 2]
for n, b in (("blobs", Blobs()), ("text", Text()), ("events", Events())):
    protocol.register(name=n, flags=0, backend=b)
""" + WAIT, "blobs", "text", "events")
    equal((h.shape(blobs), h.read_all(blobs)),
          ((3, 6), struct.pack("<18I", 9, 9, 80, 1, 1, 10, 31, 15, 80, 1, 1, 4, 20, 12, 160, 1, 2, 29)))
    equal(h.read_all(text), b"7,x; 1.50")
    equal((h.shape(events), h.read_all(events)), ((100, 6), struct.pack("<600H", *range(600))))
    equal(len(h.packets), 1)  # readp: not in chunks


@test
def event_stream(h):
    """the events of an event camera: rows of an ulab array, in its memory"""
    (events,) = shown(h, """
import csi, protocol, time
from ulab import numpy as np
csi0 = csi.CSI(cid=csi.GENX320)
csi0.reset()
csi0.ioctl(csi.IOCTL_GENX320_SET_MODE, csi.GENX320_MODE_EVENT, 256)
array = np.zeros((256, 6), dtype=np.uint16)
view = memoryview(array.tobytes())
n = 0
class Events:
    def poll(self): return n > 0
    def size(self): return 12 * n
    def shape(self): return (n, 6)
    def readp(self, offset, size):
        global n
        end = offset + size
        if end == 12 * n:
            n = 0
        return view[offset:end]
protocol.register(name="events", backend=Events())
for bad in (np.zeros((256, 5), dtype=np.uint16), np.zeros((256, 6)), bytearray(12)):
    try:
        csi0.ioctl(csi.IOCTL_GENX320_READ_EVENTS, bad)
    except ValueError:
        print("ValueError")
a = np.array([[1, 2], [3, 4]], dtype=np.uint8)
a[1] = (5, 6)
a[0, 1] = 7
print(a.shape, a[1:].tobytes(), a[:, 1].tolist(), a[0][1], len(a), bytes(a))
while True:
    if not n:
        n = csi0.ioctl(csi.IOCTL_GENX320_READ_EVENTS, array)
    time.sleep_ms(1)
""", "events")
    has(h.printed("06'\r\n"), "ValueError\r\n" * 3, "(2, 2) bytearray(b'\\x05\\x06') [7, 6] 7 2 b'\\x01\\x07")
    wait_bit(h, events)
    n = h.shape(events)[0]
    equal((h.shape(events), 1 <= n <= 256, h.size(events)), ((n, 6), True, 12 * n))
    data = h.read_all(events)
    rows = [struct.unpack_from("<6H", data, 12 * i) for i in range(n)]
    assert all(r[0] < 2 and r[2] < 1000 and r[3] < 1000 and r[4] < 320 and r[5] < 320 for r in rows), rows
    times = [r[1] * 1000000 + r[2] * 1000 + r[3] for r in rows]
    equal(times, sorted(times))


@test
def static_buffer(h):
    """read() gives text, write() fills a buffer, an event each 100 ms: as the vendor's example"""
    (buf,) = shown(h, """
import protocol, time
class Buffer:
    def __init__(self):
        self.buf = bytearray(16)
        self.n = 0
    def init(self): return None
    def deinit(self): print("never")
    def poll(self): return self.n > 0
    def lock(self): return 1
    def unlock(self): return 1
    def size(self): return 16
    def shape(self): return (1, 16)
    def read(self, offset, size): return "Hello from camera"[offset:offset + size]
    def write(self, offset, data):
        self.buf[offset:offset + len(data)] = data
        self.n = offset + len(data)
        return self.n
    def ioctl(self, cmd, length, arg):
        if cmd != 1:
            return -1
        print("ioctl", length, arg)
        return 0
h = protocol.register(name="buffer", backend=Buffer(), flags=protocol.CHANNEL_FLAG_READ | protocol.CHANNEL_FLAG_WRITE)
while True:
    try:
        h.send_event(0xAA, wait_ack=False)
    except RuntimeError as e:
        print(e)
    time.sleep_ms(100)
""", "buffer")
    equal(h.channels()["buffer"], (buf, 0x2B))
    equal(h.read_all(buf), b"Hello from camer")
    equal(h.poll() >> buf & 1, 0)
    h.write(buf, b"abc", 4)
    equal(h.poll() >> buf & 1, 1)
    equal([h.status(h.ioctl, buf, 1, b"xy"), h.status(h.ioctl, buf, 1), h.status(h.ioctl, buf, 2)],
          ["ACK", "ACK", "FAILED"])
    has(h.printed("None"), "ioctl 2 bytearray(b'xy')\r\nioctl 0 None")
    h.events.clear()
    h.wait_event(buf, 0xAA)
    h.wait_event(buf, 0xAA)
    time.sleep(0.012)
    equal([h.status(h.request, buf, LOCK), h.status(h.request, buf, UNLOCK)], ["ACK", "ACK"])


@test
def event_with_ack(h):
    """wait_ack: the event wants an ACK where the ack capability is on, and is repeated"""
    (a,) = shown(h, """
import protocol, time
h = protocol.register(name="a", backend=object())
while True:
    time.sleep_ms(50)
    try:
        h.send_event(5, True)
        h.send_event(6, wait_ack=True)
        h.send_event(7)
    except RuntimeError:
        pass
""", "a")
    h.idle(0.2)
    equal({p for p in h.events if p[0] == a}, {(a, 5), (a, 6), (a, 7)})
    h.request(0, SET_CAPS, struct.pack("<IH10x", 0x0F, 4082))
    end = time.monotonic() + 3
    seen, first = [], None
    while len(seen) < 4 and time.monotonic() < end:
        seq, ch, flags, op, data = h.packet(3)
        if ch != a:
            continue
        value = struct.unpack("<H", data)[0]
        if not seen and value != 5:
            continue
        seen.append((value, flags))
        if len(seen) > 1:  # the first one is not acknowledged
            h.event((seq, ch, flags, op, data))
    equal(seen, [(5, F_EVENT | F_ACK_REQ), (5, F_EVENT | F_ACK_REQ | F_RTX), (6, F_EVENT | F_ACK_REQ),
                 (7, F_EVENT)])
    h.sync()


@test
def events_inside(h):
    """an event of a method comes in front of what it returns, each of them"""
    (a,) = shown(h, """
import protocol, time
class E:
    def size(self):
        h.send_event(1)
        h.send_event(2)
        return 600
    def read(self, offset, size):
        h.send_event(3)
        return b"q" * size
    def write(self, offset, data):
        h.send_event(0xFFFF)
        return 1
h = protocol.register(name="e", backend=E())
""" + WAIT, "e")
    h.events.clear()
    equal(h.size(a), 600)
    equal([p[0] for p in h.packets], [CHANNEL_EVENT] * 2 + [SIZE])
    h.read(a, 0, 600)
    equal([p[0] for p in h.packets], [CHANNEL_EVENT, READ] * 2)
    h.write(a, b"x")
    equal([p[0] for p in h.packets], [CHANNEL_EVENT, WRITE])
    equal([e[1] for e in h.events if e[0] == a], [1, 2, 3, 3, None])


@test
def too_many(h):
    """the table of channels is full: RuntimeError, and all that are there work"""
    shown(h, """
import protocol, time
class N:
    def __init__(self, n): self.n = n
    def size(self): return self.n
try:
    for i in range(40):
        protocol.register(name="n%d" % i, backend=N(i))
except RuntimeError as e:
    print(i, e)
""" + WAIT)
    has(h.printed("channel\r\n"), "28 Failed to register protocol channel")
    channels = h.channels()
    equal(len(channels), 32)
    equal([h.size(channels["n%d" % i][0]) for i in (0, 27)], [0, 27])


@test
def refused(h):
    """misuse of register(), init(), a transport of the script's own: exceptions, and life goes on"""
    out = output(h, """
import protocol
class T:
    def read(self, o, n): return b""
    write = size = is_active = read
def tries(f, *args, **kw):
    try:
        print("no:", f(*args, **kw))
    except Exception as e:
        print(type(e).__name__)
class Bad:
    def init(self): raise OSError(5)
tries(protocol.register)
tries(protocol.register, "x")
tries(protocol.register, "x", T())
tries(protocol.register, name="x")
tries(protocol.register, name=5, backend=T())
tries(protocol.register, name="x", backend=T(), flags="1")
tries(protocol.register, name="x", backend=T(), size=3)
tries(protocol.register, name="x", backend=Bad())
tries(protocol.register, name="x", backend=T(), flags=protocol.CHANNEL_FLAG_PHYSICAL)
tries(protocol.init)
tries(protocol.init, max_payload=10)
tries(protocol.init, soft_reboot=True)
h = protocol.register("y", 0, T())
for e in ((), (None,), (1.0,), ("1",)):
    tries(h.send_event, *e)
tries(h.send_event, event=1)
print(protocol.is_active(), hasattr(h, "deinit"))
for n in "READ 1 WRITE 2 LOCK 8 PHYSICAL 64".split():
    print(getattr(protocol, "CHANNEL_FLAG_" + n, n), end=" ")
print([getattr(protocol, "CHANNEL_ID_" + n) for n in "TRANSPORT STDIN STDOUT STREAM PROFILE".split()])
""")
    lines = [line for line in out.split("\n") if "simulated" not in line]
    equal(lines, ["TypeError"] * 7 + ["RuntimeError"] * 4 + ["TypeError"] * 6 +
          ["True False", "1 1 2 2 8 8 64 64 [0, 1, 2, 3, 4]", ""])


@test
def own_modules(_):
    """a package "protocol" beside main.py, around uprotocol; also under later scripts"""
    package = """
from uprotocol import *
import cbor2
class CBORChannel:
    "of the script's author"
    def __init__(self): self.widgets = []
    def size(self):
        self.doc = cbor2.dumps(self.widgets)
        return len(self.doc)
    def read(self, offset, size): return self.doc[offset:offset + size]
    def write(self, offset, data):
        for item in cbor2.loads(data):
            print(item[0], item[2])
        return 1
"""
    script = """
import protocol, time
c = protocol.CBORChannel()
c.widgets.append({0: "a", -30: "toggle", 2: True})
c.widgets.append({0: "b", -30: "label", 2: (1, 2.5)})
protocol.register(name="ui", backend=c)
""" + WAIT
    with suite.camera({"main.py": script, "protocol/__init__.py": package}) as h:
        h.sync()
        try_widgets(h)
        h.stop()
        h.execute("pass\n")
        h.rebooted()
        h.execute(script)
        try_widgets(h)


def try_widgets(h):
    ui = h.channel("ui")
    items = h.read_all(ui)
    equal(items[:1], b"\x82")
    has(items, b"\x00\x61a", b"\x38\x1d\x66toggle", b"\x02\xf5", b"\x02\x82\x01\xfb\x40\x04\0\0\0\0\0\0")
    h.write(ui, bytes.fromhex("81A2 00 6161 02 F4"))
    h.printed("a False")


@test
def standard_files(h):
    """errors are printed like the rest, and nobody types: STOP ends the wait"""
    h.run("import sys\nprint('gr\u00fc\u00dfe', file=sys.stderr)\nsys.print_exception(ValueError(3))\n"
          "try:\n    sys.stdin.read(1)\nexcept Exception:\n    print('no')\n")
    h.printed("gr\u00fc\u00dfe\r\nValueError: 3\r\n")
    time.sleep(0.1)
    equal(h.poll() & 2, 2)
    h.ioctl(STDIN, STOP)
    has(h.until_reboot(), "KeyboardInterrupt: \r\nMPY: soft reboot\r\n")


@test
def long_script(h):
    """of more than one packet, with a comment in UTF-8 that is cut between two"""
    text = "# \u20ac" * 3000 + "\nx = 0\n" + "x += 1\n" * 2000 + "print('x is', x)\n"
    h.run("pass\n")
    h.rebooted()
    h.execute(text)
    has(h.until_reboot(), "x is 2000\r\n")


@test
def other_calls(h):
    """micropython, machine, pyb, asyncio, u-names: there"""
    out = output(h, """
import micropython, machine, pyb, asyncio, uasyncio, ujson, ustruct, urandom, ubinascii, usocket, math
micropython.alloc_emergency_exception_buf(100)
@micropython.native
def f(x): return x + 1
@micropython.viper
def g(x: int) -> int: return x + 2
X = micropython.const(3)
print(f(1), g(1), X)
micropython.schedule(lambda x: print("scheduled", x), 4)
for i in range(20):
    pass
pyb.LED(3).toggle()
led = machine.LED("LED_GREEN"); led.on()
pin = machine.Pin("P0", machine.Pin.OUT); pin.value(1)
print(led.value(), pin(), len(machine.RTC().datetime()), 1 <= urandom.randint(1, 6) <= 6)
async def a(n):
    for i in range(2):
        print("a", n, i)
        await asyncio.sleep_ms(5)
async def main():
    await asyncio.gather(a(1), a(2))
asyncio.run(main())
for m in ("ulab.scipy", "ml", "network", "imu"):
    try:
        __import__(m)
    except ImportError as e:
        print(str(e)[:25])
""")
    equal(out.split("\n"), ["2 3 3", "scheduled 4", "1 1 8 True", "a 1 0", "a 2 0", "a 1 1", "a 2 1",
                            "no module named 'ulab.sci", "no module named 'ml': the", "no module named 'network'",
                            "no module named 'imu': th", ""])


@test
def sensor_kinds(h):
    """a control that a sensor has not: a warning, False, or an error of its own"""
    out = output(h, """
import csi, image, sensor, time
def t(f, *a, **k):
    try:
        print(f(*a, **k))
    except Exception as e:
        print(type(e).__name__, e)
c = csi.CSI()
g = csi.CSI(cid=csi.GENX320)
for f in (c, g):
    f.reset(hard=False)
    t(f.auto_gain, enable=True); t(f.gain_db); t(f.brightness, 100); t(f.quality, 50)
t(c.brightness, 1.5)
seen = []
c.pixformat(csi.GRAYSCALE); c.framesize(csi.QQVGA)
c.vsync_callback(lambda level: seen.append("v")); c.frame_callback(lambda: seen.append("f"))
c.snapshot()
print(seen)
t(c.ioctl, csi.IOCTL_LEPTON_GET_WIDTH); t(c.ioctl, 0x7777)
hist = c.snapshot().get_histogram()
print(0 < hist.get_threshold().value < 255, hist.get_percentile(0.9).value > 0)
t(image.Image(8, 8, image.GRAYSCALE).find_qrcodes)
sensor.reset(); sensor.set_pixformat(sensor.GRAYSCALE); sensor.set_framesize(sensor.QQVGA)
start = time.ticks_ms()
sensor.skip_frames(n=1)
print(time.ticks_diff(time.ticks_ms(), start) >= 300)
""")
    warning = "\x1b[31mWARNING: Auto Gain control is not supported by this image sensor.\x1b[0m"
    no = "RuntimeError The requested operation is not supported by the image sensor."
    equal(out.split("\n"), [
        "None", "6.0", "False", "True", warning, "None", no, "True", "False",
        "TypeError can't convert float to int", "['v', 'f']", "RuntimeError Sensor control failed.", no,
        "True True", "OSError This function is unavailable on your OpenMV Cam.", "True", ""])


@test
def widget_spellings(h):
    """CBORChannel: each way to add, get and set a widget, callbacks with and without the channel"""
    out = output(h, """
import protocol
class Callbacks:
    def read(self): c["l"] = 7
    def written(self, name, value): print("written", name, value)
def read1(channel): channel["l"] = 8
def written3(channel, name, value): print(channel is c, name, value)
x = Callbacks()
for c in (protocol.CBORChannel("ui", on_read=x.read, on_write=x.written),
          protocol.CBORChannel(name="ui", on_read=read1, on_write=written3), protocol.CBORChannel(x.read)):
    c.add("label", "l", unit="Cel")
    c.add_slider("s", min=1, max=5, value=3)
    c.add(name="t", type="toggle")
    c.s = (4, 0, 9)
    print(c.size() > 20, c["l"], c.l, c.get("l"), c.get("no", 1), "s" in c, c.s)
    c.write(0, b"\\x81\\xa2\\x00\\x61t\\x02\\xf5")
""")
    equal(out.split("\n"), ["True 7 7 7 1 True 4", "written t True", "True 8 8 8 1 True 4", "True t True",
                            "True 7 7 7 1 True 4", ""])


suite.main({"main.py": ""}, *sys.argv[1:])
