# SPDX-License-Identifier: GPL-2.0-only
#
# The scripts of the simulated camera, seen by a host: omvcam behind a pseudo-terminal, with its
# interpreter, and a host in CPython (host.py). Prints TAP.
#
#	test_sim.py OMVCAM [NAME...]

import os
import struct
import sys
import tempfile
import time

import suite
from host import *
from suite import equal, has, output, test

# Each backend of a list gets a channel: a0, a1, ...
REGISTER = """
import protocol, time
def register(*backends):
    handles = []
    for i, b in enumerate(backends):
        handles.append(protocol.register(name="a%d" % i, backend=b))
    print("registered")
    return handles
def raises(*_):
    raise ValueError("on purpose")
class B:
    def __init__(self, **kw):
        for k in kw:
            setattr(self, k, kw[k])
"""
WAIT = """
while True:
    time.sleep_ms(100)
"""


def methods(h, body):
    """Run a script that registers backends; return the ids."""
    h.run(REGISTER + body + WAIT)
    h.printed("registered")
    channels = h.channels()
    return [channels["a%d" % i][0] for i in range(len(channels)) if "a%d" % i in channels]


def values(h, method, given):
    """One channel for each of these values, which the method returns."""
    return methods(h, "register(%s)" % ", ".join(
        "B(%s=%s)" % (method, "raises" if v == "raises" else "lambda *a: " + v) for v in given))


@test
def banner_and_main(h):
    """main.py runs at power-up, and its end is no soft reboot"""
    text = h.main_output
    has(text, "main runs __main__\r\n", "OpenMV v5.0.0; MicroPython ", 'Type "help()" for more information.\r\n')
    assert text.endswith("\r\n>>> "), text
    equal(h.poll() & 2, 0)
    assert (0, 2) not in h.events, h.events
    # Its channels are still served by the dead script's objects (T-23).
    equal(h.read_all(h.channel("old")), b"from main.py")


@test
def first_script_shares_globals(h):
    """the first script after power-up has the names of main.py, the next has not"""
    h.execute("print(of_main)\n")
    h.rebooted()
    has(h.printed(">>> "), "41\r\nMPY: soft reboot\r\n")
    assert "old" not in h.channels()
    h.execute("print(of_main)\n")
    h.rebooted()
    has(h.printed(">>> "), "NameError: name 'of_main' isn't defined\r\n")


@test
def end_of_script(h):
    """the order of a script's end: stdin event, SYS_EVENT 2, text (8.4)"""
    h.idle(0.1)
    h.events.clear()
    h.upload("print('a')\n")
    h.ioctl(STDIN, EXEC)
    h.wait_event(0, 2)
    h.idle(0.2)
    h.sync()
    equal(h.printed(">>> "), "a\r\nMPY: soft reboot\r\nOpenMV v5.0.0; MicroPython v1.25.0; "
          'OPENMV_RT1060\r\nType "help()" for more information.\r\n>>> ')


@test
def event_order(h):
    h.idle(0.1)
    h.events.clear()
    h.upload("import protocol\nprotocol.register(name='x', backend=1)\n1/0\n")
    h.ioctl(STDIN, EXEC)
    end = time.monotonic() + 5
    while (0, 2) not in h.events and time.monotonic() < end:
        h.idle(0.02)
    equal([e for e in h.events if e[0] != STDOUT], [(1, 1), (0, 0), (1, 0), (0, 2)])
    h.sync()
    h.printed(">>> ")


@test
def tracebacks(h):
    """as OpenMV's firmware prints them (4.5)"""
    for script, text in (
            ("def f():\n    return 1 + None\nf()\n",
             'Traceback (most recent call last):\r\n  File "<stdin>", line 3, in <module>\r\n'
             '  File "<stdin>", line 2, in f\r\nTypeError: '),
            ("x = = 1\n", 'Traceback (most recent call last):\r\n  File "<stdin>", line 1\r\nSyntaxError: '),
            ("import csi\ncsi.CSI().snapshot()\n",
             '  File "<stdin>", line 2, in <module>\r\nRuntimeError: Pixel format is not supported or is not set.\r\n'),
            ("import sys\nsys.exit()\n", None), ("raise SystemExit\n", None)):
        h.execute(script)
        h.rebooted()
        out = h.printed(">>> ")
        if text:
            has(out, text)
        else:
            assert out.startswith("MPY: soft reboot"), out


@test
def stop(h):
    """STOP raises KeyboardInterrupt: where the script sleeps, waits for a picture, loops"""
    for body in ("time.sleep(100)", "csi0.snapshot()", "pass", "x = [i for i in range(10)]",
                 "protocol.is_active()", "asyncio.run(nap())", "input()"):
        h.execute("import time, csi, protocol, asyncio\ncsi0 = csi.CSI()\ncsi0.reset()\n"
                  "csi0.pixformat(csi.GRAYSCALE)\ncsi0.framesize(csi.QQVGA)\nasync def nap():\n    await asyncio.sleep(100)\n"
                  "print('begins')\n"
                  "try:\n    while True:\n        %s\nfinally:\n    print('cleans up')\n" % body)
        h.printed("begins")
        start = time.monotonic()
        h.ioctl(STDIN, STOP)
        h.rebooted()
        assert time.monotonic() - start < 3, body
        out = h.printed(">>> ")
        if body.startswith("x ="):
            continue  # may be lost, see _omv.py
        has(out, "cleans up\r\nTraceback (most recent call last):\r\n", "\r\nKeyboardInterrupt: \r\nMPY")


@test
def stop_is_not_heard(h):
    """a script that catches KeyboardInterrupt is killed after a second"""
    h.execute("import time\nwhile True:\n    try:\n        time.sleep(1)\n"
              "    except KeyboardInterrupt:\n        print('no')\n")
    time.sleep(0.1)
    h.ioctl(STDIN, STOP)
    h.rebooted()
    has(h.printed(">>> "), "no\r\n", "MPY: soft reboot")


@test
def exec_over_exec(h):
    """the new script is lost with the old one (T-24)"""
    h.run("import time\nwhile True:\n    time.sleep(1)\n")
    h.upload("print('never')\n")
    h.ioctl(STDIN, EXEC)
    h.rebooted()
    out = h.printed(">>> ")
    assert "never" not in out, out
    equal(h.status(h.ioctl, STDIN, EXEC), "FAILED")


@test
def busy_script(h):
    """requests wait for a long call, and for nothing else"""
    ids = methods(h, "register(B(size=lambda: 5))\ntime.sleep_us(600000)\n")
    start = time.monotonic()
    equal(h.size(ids[0]), 5)
    assert time.monotonic() - start < 0.3


@test
def slow_callback(h):
    """a method that takes long delays its answer, and a long call of the script all answers"""
    (a,) = methods(h, """
class Slow:
    def size(self):
        time.sleep_ms(300)
        return 7
register(Slow())
while True:
    time.sleep_us(200000)
    time.sleep_ms(20)
""")
    start = time.monotonic()
    equal(h.size(a), 7)
    assert time.monotonic() - start >= 0.3
    slowest = 0
    for _ in range(5):
        start = time.monotonic()
        h.poll()
        slowest = max(slowest, time.monotonic() - start)
        time.sleep(0.05)
    assert 0.05 < slowest < 1, slowest


@test
def main_stopped(_):
    """STOP of main.py: no soft reboot, its channels stay and are served, also under the next script"""
    scripts = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scripts")
    with Host(sys.argv[1], os.path.join(scripts, "knobs.py")) as h:
        h.sync()
        frame, config = h.channel("frame"), h.channel("config")
        h.wait_event(frame, 1)
        data = h.read_all(frame)
        equal((data[:2], h.shape(frame)[:2]), (b"\xff\xd8", (240, 320)))
        equal(h.poll() & 2, 2)
        h.output()
        h.ioctl(STDIN, STOP)
        h.wait_event(STDIN, 0)
        has(h.printed(">>> "), 'File "knobs.py", line ', "\r\nKeyboardInterrupt: \r\nOpenMV v5.0.0")
        equal(h.poll() & 2, 0)
        equal(h.read_all(config)[:1], b"{")
        h.write(config, b'{"quality": 40}')
        has(h.printed("knob"), "knob quality 40")
        has(h.read_all(config).decode(), '"quality": 40')
        h.execute("import protocol, time\nclass X:\n    def size(self): return config.values['quality']\n"
                  "protocol.register(name='x', backend=X())\nprint('runs')\nwhile True: time.sleep(1)\n")
        assert (0, 2) not in h.events, h.events
        h.printed("runs")
        equal(h.size(h.channel("x")), 40)
        has(h.read_all(config).decode(), '"quality": 40')
        h.ioctl(STDIN, STOP)
        h.rebooted()
        equal(sorted(h.channels()), ["stdin", "stdout", "stream", "usb"])


@test
def machine_reset(_):
    """machine.reset() is a power cycle: main.py runs again"""
    with tempfile.TemporaryDirectory() as directory:
        name = os.path.join(directory, "main.py")
        with open(name, "w") as f:
            f.write("import os, machine\nname = %r\nprint('power up')\nif 'done' not in os.listdir(name):\n"
                    "    open(name + '/done', 'w').close()\n    machine.reset()\nprint('again')\n" % directory)
        with Host(sys.argv[1], name) as h:
            time.sleep(1)
            h.sync()
            has(h.printed("again\r\n"), "power up\r\nagain\r\n")


@test
def crash(h):
    """the interpreter dies: a soft reboot"""
    h.run("import ffi\nffi.open('libc.so.6').func('v', 'abort', '')()\n")
    h.rebooted()
    has(h.printed(">>> "), "MPY: soft reboot")
    h.execute("print('again')\n")
    h.rebooted()
    has(h.printed(">>> "), "again")


@test
def flags(h):
    """READ if read or readp, WRITE if write, LOCK if lock and unlock; nothing else shows"""
    cases = (("", 0), ("read=1", 1), ("readp=1", 1), ("read=1, readp=1", 1), ("write=1", 2),
             ("lock=1", 0), ("unlock=1", 0), ("lock=1, unlock=1", 8), ("read=None", 1),
             ("poll=1, size=1, shape=1, ioctl=1, flush=1, is_active=1", 0))
    methods(h, "register(%s)" % ", ".join("B(%s)" % c for c, _ in cases))
    channels = h.channels()
    for i, (case, want) in enumerate(cases):
        equal((case, channels["a%d" % i][1]), (case, want | 0x20))


@test
def registration(h):
    """names, ids, arguments"""
    h.run(REGISTER + """
protocol.register("first", 0, B())
protocol.register(name="a name that is too long", backend=B(), flags=0x40)
protocol.register(name=b"bytes", backend=B())
h = protocol.register(name="twice", backend=B(size=lambda: 1))
protocol.register(name="twice", backend=B(size=lambda: 2))
print(h)
for args, kw in ((("x", B()), {}), (("x",), {}), ((), {"name": 5, "backend": B()}),
                 ((), {"name": "x", "backend": B(), "nix": 1}),
                 ((), {"name": "x", "backend": B(init=raises)})):
    try:
        protocol.register(*args, **kw)
        print("registered")
    except Exception as e:
        print(type(e).__name__, e if isinstance(e, RuntimeError) else "")
print(hasattr(h, "unregister"), "end")
""" + WAIT)
    out = h.printed("end")
    has(out, "<ProtocolChannel: twice>\r\nTypeError \r\nTypeError \r\nTypeError \r\nTypeError \r\n"
        "RuntimeError Failed to register protocol channel\r\nFalse end\r\n")
    data = h.request(0, LIST)
    names = [(data[i], data[i + 1], data[i + 2:i + 16].rstrip(b"\0")) for i in range(0, len(data), 16)]
    equal(names[4:], [(4, 0x20, b"first"), (5, 0x60, b"a name that i"), (6, 0x20, b"bytes"),
                      (7, 0x20, b"twice"), (8, 0x20, b"twice")])
    equal([h.size(7), h.size(8)], [1, 2])
    equal(h.status(h.size, 4), "INVALID")
    equal(h.status(h.read, 4, 0, 1), "INVALID")
    equal(h.status(h.write, 4, b"x"), "INVALID")
    equal(h.status(h.ioctl, 4, 1), "INVALID")
    equal(h.status(h.shape, 4), "INVALID")


@test
def replaced_later(h):
    """what is added later is not seen, what is replaced later is"""
    a, b = methods(h, """
one, two = B(size=lambda: 1), B()
register(one, two)
one.size = lambda: 7
two.size = lambda: 8
""")
    equal(h.size(a), 7)
    equal(h.status(h.size, b), "INVALID")


@test
def poll(h):
    """the truth of what it returns"""
    given = ("True", "1", "3", "'x'", "0", "False", "None", "''", "raises", "1.5")
    ids = values(h, "poll", given)
    bits = h.poll()
    equal([bits >> i & 1 for i in ids], [1, 1, 1, 1, 0, 0, 0, 0, 0, 1])


@test
def size(h):
    """an int; 0 if it raises"""
    ids = values(h, "size", ("7", "True", "-1", "raises", "2**32 + 5"))
    equal([h.size(i) for i in ids], [7, 1, 0xFFFFFFFF, 0, 5])


@test
def bad_type(h):
    """size() that returns no int stops the protocol and the script (T-32)"""
    for method, value in (("size", "None"), ("size", "1.5"), ("shape", "(1, 'x')")):
        ids = values(h, method, (value,))
        try:
            h.request(ids[0], SIZE if method == "size" else SHAPE, seconds=0.5)
            raise AssertionError("there was an answer")
        except Timeout:
            pass
        h.sync()
        out = h.printed(">>> ")
        has(out, "Traceback (most recent call last):\r\n", "\r\nTypeError: can't convert", "MPY: soft reboot")


@test
def shape(h):
    """a tuple of ints, any number of them; everything else is an empty answer"""
    given = ("(240, 320, 2)", "()", "(1,)", "(1, 2, 3, 4)", "(1, 2, 3, 4, 5)", "[1, 2]", "None", "5",
             "raises", "(True, -1)")
    ids = values(h, "shape", given)
    equal([h.shape(i) for i in ids], [(240, 320, 2), (), (1,), (1, 2, 3, 4), (1, 2, 3, 4), (), (), (),
                                      (), (1, 0xFFFFFFFF)])


@test
def read(h):
    """whatever has a buffer; longer than asked for is cut"""
    given = ("b'abcd'", "bytearray(b'abcd')", "memoryview(b'xabcd')[1:]", "'abcd'", "b'abcdefgh'",
             "__import__('array').array('H', [0x6261, 0x6463])", "b''", "None", "5", "raises", "True")
    for method in ("read", "readp"):
        ids = values(h, method, given)
        for i, v in zip(ids[:6], given):
            equal((v, h.read(i, 0, 4)), (v, b"abcd"))
        for i in ids[6:]:
            equal(h.status(h.read, i, 0, 4), "FAILED")
        equal(h.status(h.read, ids[0], 0, 0), "INVALID")


@test
def read_chunks(h):
    """read() is called for 512 bytes at most, readp() once"""
    a, b = methods(h, """
calls = []
def give(offset, size):
    calls.append((offset, size))
    return b"x" * min(size, 300)
register(B(read=give, size=lambda: 1000), B(readp=lambda o, n: b"y" * n, size=lambda: 10000))
""" + "while True:\n    time.sleep_ms(20)\n    if len(calls) >= 4: break\nprint(calls)\n")
    equal(h.read(a, 0, 1000), b"x" * 1000)
    equal([p[1] & F_FRAGMENT for p in h.packets], [F_FRAGMENT] * 3 + [0])
    has(h.printed("]"), "[(0, 512), (300, 512), (600, 400), (900, 100)]")
    equal(h.read(b, 0, 10000), b"y" * 10000)
    equal(len(h.packets), 3)


@test
def read_short(h):
    """an empty chunk ends the answer with FAILED, behind the data (T-3)"""
    (a,) = methods(h, "register(B(read=lambda o, n: b'z' * 512 if not o else b''))")
    try:
        h.read(a, 0, 1000)
        raise AssertionError("not FAILED")
    except Nak as e:
        equal(e.args, ("FAILED", b"z" * 512))


@test
def readp_beyond(h):
    """shorter than asked for: FAILED, where a camera sends foreign memory"""
    (a,) = methods(h, "register(B(readp=lambda o, n: b'abc'))")
    equal(h.read(a, 0, 3), b"abc")
    equal(h.status(h.read, a, 0, 4), "FAILED")


@test
def write(h):
    """ACK for an int that is not 0, and for an exception (T-12)"""
    given = ("1", "-1", "len(a[1])", "raises", "0", "None", "True", "False", "1.0", "'x'")
    ids = values(h, "write", given)
    equal([h.status(h.write, i, b"x") for i in ids], ["ACK"] * 4 + ["FAILED"] * 6)


@test
def write_data(h):
    """is a bytearray"""
    (a,) = methods(h, """
got = []
class W:
    def write(self, offset, data):
        got.append((offset, type(data), data.decode(), int(data), data == b"50"))
        return 1
register(W())
while not got:
    time.sleep_ms(10)
print(got)
""")
    h.write(a, b"50", 3)
    has(h.printed("]"), "[(3, <class 'bytearray'>, '50', 50, True)]")


@test
def ioctl(h):
    """0, None and what is no int are ACK (T-13)"""
    given = ("0", "None", "True", "False", "'x'", "1.5", "1", "-1", "raises")
    ids = values(h, "ioctl", given)
    equal([h.status(h.ioctl, i, 1) for i in ids], ["ACK"] * 6 + ["FAILED"] * 3)
    (a,) = methods(h, """
got = []
register(B(ioctl=lambda *a: got.append(a)))
while len(got) < 2:
    time.sleep_ms(10)
print(got)
""")
    h.ioctl(a, 7, b"xy")
    h.ioctl(a, 0xFFFFFFFF)
    has(h.printed("]"), "[(7, 2, bytearray(b'xy')), (4294967295, 0, None)]")


@test
def lock(h):
    """must return something true"""
    given = ("1", "True", "'x'", "None", "0", "False", "raises")
    ids = methods(h, "register(%s)" % ", ".join(
        "B(lock=%s, unlock=%s)" % (v, v) for v in
        ["raises" if v == "raises" else "lambda: " + v for v in given]))
    for i, want in zip(ids, ["ACK"] * 3 + ["BUSY"] * 4):
        time.sleep(0.012)
        equal((i, h.status(h.request, i, LOCK)), (i, want))
        equal((i, h.status(h.request, i, UNLOCK)), (i, want))


@test
def sync_unlocks(h):
    """SYNC calls unlock() of each channel"""
    h.run(REGISTER + "n = []\nregister(B(lock=lambda: 1, unlock=lambda: n.append(1)))\nprint('ready')\n"
          "while not n:\n    time.sleep_ms(10)\nprint('unlocked')\n" + WAIT)
    h.printed("ready")
    h.sync()
    h.printed("unlocked")


@test
def events(h):
    """send_event: values, arguments, and nobody who listens"""
    h.run(REGISTER + """
(ch,) = register(B())
print('registered')
while not protocol.is_active():
    pass
time.sleep_ms(100)
for v in (1, 0x1FFFE, 0xFFFF, -2, True):
    ch.send_event(v)
    time.sleep_ms(20)
print(ch.send_event(5, wait_ack=False))
for args, kw in (((), {"event": 1}), ((1.5,), {}), ((None,), {}), ((), {})):
    try:
        ch.send_event(*args, **kw)
        print("sent")
    except TypeError as e:
        print("TypeError")
print("end")
""" + WAIT)
    a = h.channel("a0")
    h.events.clear()
    out = h.printed("end")
    h.idle(0.1)
    equal([e[1] for e in h.events if e[0] == a], [1, 0xFFFE, None, 0xFFFE, 1, 5])
    has(out, "None\r\nTypeError\r\nTypeError\r\nTypeError\r\nTypeError\r\nend")
    # Events off: RuntimeError (T-22)
    h.run(REGISTER + "(ch,) = register(B())\nprint('ready')\nwhile True:\n    ch.send_event(1)\n    time.sleep_ms(20)\n")
    h.printed("ready")
    h.request(0, SET_CAPS, struct.pack("<IH10x", 0x03, 4082))
    time.sleep(0.3)
    h.sync()
    has(h.printed(">>> "), "RuntimeError: Failed to send channel event\r\nMPY: soft reboot")


@test
def event_in_callback(h):
    """comes before the answer, and between the parts of a read-backed one"""
    (a,) = methods(h, """
class E:
    def size(self):
        ch.send_event(1)
        return 600
    def read(self, o, n):
        ch.send_event(2)
        print("in read")
        return b"q" * n
(ch,) = register(E())
""")
    h.events.clear()
    equal(h.size(a), 600)
    equal([p[0] for p in h.packets], [CHANNEL_EVENT, SIZE])
    equal(h.read(a, 0, 600), b"q" * 600)
    has(h.printed("in read"), "in read\r\n")


@test
def callbacks_and_loops(h):
    """a straight run of statements is never cut, a loop is"""
    (a,) = methods(h, """
x = [0, 0]
class S:
    def size(self):
        return 1 if x[0] == x[1] else 99
register(S())
while True:
    x[0] += 1; x[1] += 1
""")
    for _ in range(100):
        equal(h.size(a), 1)


@test
def stdout(h):
    """CR LF, and text of more than the ring keeps its end"""
    h.run("print('a\\nb')\nprint('c', 1, end='')\nprint()\n")
    h.rebooted()
    has(h.printed(">>> "), "a\r\nb\r\nc 1\r\n")


IMAGES = """
import csi, image, json, time, protocol
csi0 = csi.CSI()
csi0.reset()
csi0.pixformat(csi.RGB565)
csi0.framesize(csi.QVGA)
img = csi0.snapshot()
"""


@test
def images(h):
    """str, size, memory, compress in place"""
    out = output(h, IMAGES + """
print(img)
print(json.loads(str(img))["w"], img.width(), img.height(), img.size(), img.format() == csi.RGB565)
print(len(img), len(bytes(img)), len(memoryview(img)), type(img.bytearray()))
m = img.bytearray(); m[0] = 0x1f; m[1] = 0xf8
print(img.get_pixel((0, 0)), img[0], img.get_pixel((-1, 0)))
j = img.compress(quality=50)
print(j, img.size() == len(img.bytearray()), bytes(img.bytearray()[:2]), img.format() == csi.JPEG)
print(img.compress() is img)
for q in (0, 101):
    try:
        csi0.snapshot().compress(quality=q)
    except ValueError as e:
        print(e)
c = csi0.snapshot().to_jpeg(copy=True, quality=30)
print(c.format() == csi.JPEG)
g = csi0.snapshot().to_grayscale()
print(g.size(), g.format() == image.GRAYSCALE)
print(csi0.snapshot().copy(x_scale=0.5).width())
print(csi0.snapshot().crop(roi=(10, 10, 20, 30)).size())
i = image.Image(16, 8, image.GRAYSCALE)
print(i, i.draw_rectangle((0, 0, 16, 8), fill=True)[5])
try:
    i.compress()
except OSError as e:
    print(e)
print(i.to_jpeg(copy=True).to_rgb565(copy=True))
for f in ("find_qrcodes", "compressed", "nix"):
    try:
        getattr(i, f)([(1, 2)])
    except (AttributeError, OSError) as e:
        print(e)
""")
    lines = out.split("\n")
    equal(lines[:8], ['{"w":320, "h":240, "type":"rgb565", "size":153600}', "320 320 240 153600 True",
                      "240 153600 153600 <class 'bytearray'>", "(255, 0, 255) (255, 0, 255) None",
                      lines[4], "True", "Quality ranges between 0 and 100", "Quality ranges between 0 and 100"])
    has(lines[4], '"type":"jpeg"', "True b'\\xff\\xd8' True")
    equal(lines[8:13], ["True", "76800 True", "160", "1200",
                        '{"w":16, "h":8, "type":"grayscale", "size":128} 255'])
    equal(lines[13], "The image doesn't fit in the frame buffer!")
    equal(lines[14], '{"w":16, "h":8, "type":"rgb565", "size":256}')
    equal(lines[15:18], ["This function is unavailable on your OpenMV Cam.",
                         "'Image' object has no attribute 'compressed'", "'Image' object has no attribute 'nix'"])


@test
def sensors(h):
    """csi: values, errors, what only some sensors have"""
    out = output(h, """
import csi, sensor, time
def fails(f, *a, **k):
    try:
        print("no:", f(*a, **k))
    except Exception as e:
        print(type(e).__name__, e)
c = csi.CSI()
c.reset()
fails(c.pixformat); fails(c.framesize); fails(c.framerate); fails(c.snapshot)
fails(csi.CSI, csi.LEPTON)
fails(csi.CSI, cid=0x2481)
print(c.framesize((100, 80)), c.framesize(), c.width(), c.height())
fails(c.framesize, [1, 2]); fails(c.framesize, 999)
print(c.framesize(csi.QVGA), c.framesize() == csi.QVGA == 11, csi.VGA, csi.WQXGA2)
print(c.pixformat(csi.GRAYSCALE), c.snapshot())
print(c.window((100, 50)), c.window(), c.snapshot().size(), c.width())
fails(c.window, (0, 0)); fails(c.window, 5); fails(c.window, (400, 0, 10, 10))
print(c.brightness(2), c.brightness(9), c.gainceiling(16), c.hmirror(True), c.hmirror())
fails(c.gainceiling, 3); fails(c.transpose, True); fails(c.ioctl, 0x999)
print(c.auto_gain(False, gain_db=3), c.gain_db(), c.auto_exposure(False, exposure_us=500), c.exposure_us())
print(c.snapshot(frames=2), c.snapshot(time=50))
print(csi.devices() == [c.cid(), csi.LEPTON, csi.GENX320], csi.GENX320, hex(csi.RGB565))
time.sleep_ms(400)
l = csi.CSI(cid=csi.LEPTON)
l.reset(hard=False); l.pixformat(csi.RGB565); l.framesize(csi.QQVGA)
print(l.snapshot().size(), type(l.ioctl(csi.IOCTL_LEPTON_GET_FPA_TEMP)), l.ioctl(csi.IOCTL_LEPTON_GET_RANGE))
g = csi.CSI(cid=csi.GENX320); fails(g.pixformat, csi.RGB565)
sensor.reset(); sensor.set_pixformat(sensor.RGB565); sensor.set_framesize(sensor.QQVGA)
sensor.skip_frames(time=50); sensor.set_auto_gain(False)
print(sensor.snapshot().size(), sensor.width(), sensor.get_framesize() == sensor.QQVGA)
fails(lambda: csi.nix)
""")
    equal(out.strip().split("\n"), [
        "RuntimeError Pixel format is not supported or is not set.",
        "RuntimeError Frame size is not supported or is not set.",
        "RuntimeError Frame rate is not supported or is not set.",
        "RuntimeError Pixel format is not supported or is not set.",
        out.split("\n")[4],
        "RuntimeError Failed to detect the image sensor or image sensor is detached.",
        "None 1 100 80",
        "RuntimeError An invalid argument is used.", "RuntimeError An invalid argument is used.",
        "None True 12 39",
        'None {"w":320, "h":240, "type":"grayscale", "size":76800}',
        "None (110, 95, 100, 50) 5000 320",
        "ValueError Invalid ROI dimensions!",
        "ValueError Expected (w, h) or (x, y, w, h) tuple/list.",
        "ValueError ROI does not overlap on the image!",
        "True False True None True",
        "RuntimeError An invalid argument is used.",
        "RuntimeError The requested operation is not supported by the image sensor.",
        "RuntimeError The requested operation is not supported by the image sensor.",
        "None 3.0 None 500", "None None", "True 2959089667 0xc030002",
        "38400 <class 'float'> (10.0, 40.0)", "RuntimeError Sensor control failed.",
        "38400 160 True", "AttributeError csi.nix: the simulated camera does not have it"])
    has(out.split("\n")[4], "TypeError")


@test
def frame_memory(h):
    """one buffer: the next picture is in the same memory; it moves"""
    out = output(h, IMAGES + """
csi0.framebuffers(1)
m = memoryview(csi0.snapshot().bytearray())
a = bytes(m)
csi0.snapshot()
print(bytes(m) != a)
csi0.framebuffers(3)
m = memoryview(csi0.snapshot().bytearray())
a = bytes(m)
csi0.snapshot()
print(bytes(m) == a)
csi0.framerate(20)
csi0.snapshot()
t = time.ticks_ms()
for i in range(5):
    csi0.snapshot()
print(200 <= time.ticks_diff(time.ticks_ms(), t) <= 2000)
csi0.framerate(1)
csi0.snapshot()
csi0.snapshot()
print(csi0.readable(), csi0.snapshot(blocking=False))
while not csi0.readable():
    pass
print(csi0.snapshot(blocking=False) is not None)
""")
    equal(out, "True\nTrue\nTrue\nFalse None\nTrue\n")


@test
def other_modules(h):
    """time, machine, omv, json, cbor2; and what is not there says so"""
    out = output(h, """
import time, machine, omv, json, os, utime, ujson, pyb, gc, struct, protocol
c = time.clock(); c.tick(); time.sleep_ms(20)
print(0 < c.fps() < 60, c, time.ticks_diff(5, (1 << 30) - 5), time.ticks_add(1, -2) == (1 << 30) - 1)
led = machine.LED("LED_BLUE"); led.on(); print(led.value(), led.off(), led.value())
print(omv.board_type(), omv.version_string(), len(omv.board_id()), len(machine.unique_id()), os.uname().machine)
for f in (lambda: machine.I2C(1), lambda: protocol.init(), lambda: machine.nix):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
for m in ("ml", "network", "tof", "nix", "protocol.x"):
    try:
        __import__(m)
    except ImportError as e:
        print(e)
print(json.dumps({"a": (1, True, None, "x")}), isinstance(True, int))
import cbor2
print(cbor2.loads(cbor2.dumps([1, -2, 1.5, "x", b"y", None, True, {"a": [300, 70000, 2**40]}])))
""")
    has(out, "True t_start:", " 10 True\n", "1 None 0\n", "IMXRT1060 5.0.0 24 12 OPENMV_RT1060\n",
        "machine.I2C: the simulated camera has no such hardware\nOSError ",
        "RuntimeError the simulated camera does not have protocol.init()",
        "AttributeError machine.nix: the simulated camera does not have it\n",
        "no module named 'ml': the simulated camera does not have neural networks\n",
        "no module named 'network': the simulated camera does not have a network interface\n",
        "no module named 'nix'\n", '{"a": [1, true, null, "x"]} False\n',
        "[1, -2, 1.5, 'x', b'y', None, True, {'a': [300, 70000, 1099511627776]}]\n")


@test
def preview(h):
    """the next snapshot publishes the picture before it (10.3); a JPEG as it is"""
    h.run(IMAGES + "while True:\n    img = csi0.snapshot()\n    img.compress(quality=35)\n")
    time.sleep(0.1)
    h.ioctl(STREAM, 0, struct.pack("<I", 1))
    h.wait_event(STREAM, None)
    time.sleep(0.015)
    h.request(STREAM, LOCK)
    data = h.read_all(STREAM)
    w, height, fmt, n, offset = struct.unpack("<5I", data[:20])
    equal((w, height, fmt, offset), (320, 240, 0x06060000, 32))
    equal((data[32:34], len(data) - 32), (b"\xff\xd8", n))
    h.request(STREAM, UNLOCK)
    # Raw, if the host wants that: but not of a Bayer picture.
    for name, want in (("RGB565", 0x0C030002), ("GRAYSCALE", 0x08020001), ("BAYER", 0x06060000)):
        h.run(IMAGES.replace("RGB565", name) + "while True:\n    csi0.snapshot()\n")
        h.ioctl(STREAM, 2, struct.pack("<II", 320, 240))
        h.ioctl(STREAM, 1, struct.pack("<I", 1))
        h.events.clear()
        # Empties the mailbox, which may have a picture from before; no event comes for that.
        h.ioctl(STREAM, 0, struct.pack("<I", 1))
        h.wait_event(STREAM, None)
        time.sleep(0.015)
        h.request(STREAM, LOCK)
        n = h.size(STREAM)
        equal(struct.unpack("<I", h.read(STREAM, 8, 4))[0], want)
        assert want == 0x06060000 or n == 32 + 76800 * (want & 0xFF), n
        h.request(STREAM, UNLOCK)


CBOR_EXAMPLE = bytes.fromhex("""
83 A4 00 64 74 65 6D 70 38 1D 65 6C 61 62 65 6C 02 FB 40 39 80 00 00 00 00 00 01 63 43 65 6C A3
00 66 6D 69 72 72 6F 72 38 1D 66 74 6F 67 67 6C 65 02 F4 A6 00 64 67 61 69 6E 38 1D 66 73 6C 69
64 65 72 02 03 38 1E 00 38 1F 0A 38 20 01""")
CBOR_WRITE = bytes.fromhex("81 A2 00 66 6D 69 72 72 6F 72 02 F5")


@test
def two_sensors(h):
    """a channel for each of two sensors, without events: scripts/two_sensors.py"""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "scripts", "two_sensors.py")) as f:
        h.run(f.read())
    main, lepton = h.channel("main"), h.channel("lepton")
    for channel, shown in ((main, (240, 320, 153600)), (lepton, (120, 160, 19200))):
        for _ in range(3):
            end = time.monotonic() + 5
            while not h.poll() >> channel & 1:
                assert time.monotonic() < end, "no picture"
            equal(h.size(channel), shown[2])
            equal(h.shape(channel), shown)
            # A part is not the end.
            equal(h.read(channel, 0, 64), h.read(channel, 0, 64))
            equal(len(h.read_all(channel)), shown[2])


@test
def cbor_channel(h):
    """the document of protocol.md 12.9, byte for byte; what is written is shown when assigned"""
    h.run("""
import protocol, time
from protocol import CBORChannel
def written(name, value):
    print(name, value)
c = CBORChannel(on_write=written)
c.add("temp", "label", value=25.5, unit="Cel")
c.add("mirror", "toggle", value=False)
c.add("gain", "slider", value=3, min=0, max=10, step=1)
ch = protocol.register(name="ui", backend=c)
print("ready")
while not c["mirror"]:
    time.sleep_ms(10)
time.sleep_ms(300)
c["mirror"] = c["mirror"]
c["gain"] = (5, 0, 20)
print("assigned")
""" + WAIT)
    h.printed("ready")
    a = h.channel("ui")
    equal(h.channels()["ui"][1], 0x23)
    equal(h.poll() >> a & 1, 1)
    equal(h.read_all(a), CBOR_EXAMPLE)
    equal(h.poll() >> a & 1, 0)
    h.write(a, CBOR_WRITE)
    equal(h.read_all(a), CBOR_EXAMPLE)
    has(h.printed("assigned"), "mirror True\r\n")
    equal(h.poll() >> a & 1, 1)
    equal(h.read_all(a), CBOR_EXAMPLE.replace(b"toggle\x02\xf4", b"toggle\x02\xf5")
          .replace(b"slider\x02\x03\x38\x1e\x00\x38\x1f\x0a", b"slider\x02\x05\x38\x1e\x00\x38\x1f\x14"))
    # Garbage is acknowledged: write() raises.
    h.write(a, b"\x81\xff\xff")


@test
def cbor_types(h):
    """each widget type has its fields"""
    h.run("""
import protocol, time, struct
from protocol import CBORChannel
n = [0]
def measure():
    n[0] += 1
    c["text"] = "%d" % n[0]
c = CBORChannel(on_read=measure)
c.add("text", "text")
c.add("sel", "select", options=["a", "b"])
c.add("depth", "depth", width=2, height=1, value=struct.pack("<2f", 1, 2))
c.add("line", "lineedit", value="x")
c.add("push", "pushbutton")
c.add("spin", "spinbox", value=1, min=-1, max=2)
c.add("radio", "radio", options=[1, 2], value=2)
c.add("wave", "waveform", format="H", width=2, height=1, data=b"abcd", rate=10)
c.add("nan", "label", value=float("nan"))
ch = protocol.register(name="ui", backend=c)
print("ready")
""" + WAIT)
    h.printed("ready")
    a = h.channel("ui")
    doc = h.read_all(a)
    assert doc[0] == 0x89 and b"\x02\x61\x31" in doc, doc
    has(doc, b"\x00\x63sel\x38\x1d\x66select\x02\x60\x38\x21\x82\x61a\x61b",
        b"\x00\x65depth\x38\x1d\x65depth\x33\x02\x34\x01\x36\x00\x37\x19\x03\xe8\x08\x48\0\0\x80\x3f\0\0\0\x40",
        b"\x00\x64line\x38\x1d\x68lineedit\x02\x61x", b"\x38\x1d\x6apushbutton\x02\xf4",
        b"\x38\x1d\x67spinbox\x02\x01\x38\x1e\x20\x38\x1f\x02\x38\x20\x01",
        b"\x38\x1d\x65radio\x02\x02\x38\x21\x82\x01\x02",
        b"\x38\x1d\x68waveform\x03\x61H\x33\x02\x34\x01\x36\x00\x37\x19\x03\xe8\x06\x0a\x08\x44abcd",
        b"\x38\x1d\x65label\x02\xf9\x7e\x00")
    assert b"\x02\x61\x32" in h.read_all(a)


MAIN = """
of_main = 41
import protocol
class Old:
    text = b"from main.py"
    def size(self):
        return len(self.text)
    def read(self, o, n):
        return self.text[o:o + n]
protocol.register(name="old", backend=Old())
print("main runs", __name__)
"""


suite.main({"main.py": MAIN}, *sys.argv[1:])
