# SPDX-License-Identifier: GPL-2.0-only
#
# The scripts of Documentation/tutorial/, in the simulated camera, with a host in CPython (host.py):
# what the tutorial says of each. Prints TAP.
#
#	test_tutorial.py OMVCAM DIRECTORY

import json
import os
import re
import struct
import sys
import tempfile
import time
import traceback

from host import *

# The quantisation tables of Annex K at quality 85, 50, 20: the first entry of the first one.
FIRST = {85: 5, 50: 16, 20: 40}

tests = {}


def step(name):
    def add(f):
        tests[name] = f
        return f
    return add


def equal(got, want):
    assert got == want, "it is %r, not %r" % (got, want)


def quality_of(jpeg):
    """Of the three above, or the number that it has."""
    at = jpeg.index(b"\xff\xdb") + 5
    return {v: k for k, v in FIRST.items()}.get(jpeg[at], jpeg[at])


def picture(h, value=1):
    """The next picture from the channel frame, of which an event has told."""
    channel = h.channel("frame")
    h.events.clear()
    h.wait_event(channel, value)
    jpeg = h.read_all(channel)
    assert jpeg[:2] == b"\xff\xd8" and jpeg[-2:] == b"\xff\xd9", (jpeg[:2], jpeg[-2:])
    return jpeg


def becomes(h, quality):
    """The pictures have this quality, at once or with the second that is announced from now on."""
    got = [quality_of(picture(h)) for _ in range(2)]
    equal(got[1], quality)


def config(h):
    return json.loads(h.read_all(h.channel("config")))


@step("01-hello")
def hello(h):
    h.rebooted()
    assert h.printed(">>> ").startswith("hello\r\nMPY: soft reboot")


@step("02-pictures")
def pictures(h):
    assert "frame" not in h.channels()
    h.events.clear()
    h.ioctl(STREAM, 0, struct.pack("<I", 1))
    h.wait_event(STREAM, None)
    h.request(STREAM, LOCK)
    data = h.read_all(STREAM)
    h.request(STREAM, UNLOCK)
    h.ioctl(STREAM, 0, struct.pack("<I", 0))
    equal(struct.unpack_from("<2I", data)[:2], (320, 240))
    assert b"\xff\xd8" in data


@step("03-frame")
def frame(h):
    equal(quality_of(picture(h)), 85)
    assert picture(h) != picture(h)


@step("04-number")
def number(h):
    becomes(h, 85)
    channel = h.channel("config")
    equal(h.channels()["config"][1], 0x22)
    h.write(channel, b"50")
    h.printed("quality is now 50\r\n")
    becomes(h, 50)
    for wrong in (b"0", b"101", b"high", b"{}"):
        equal((wrong, h.status(h.write, channel, wrong)), (wrong, "FAILED"))
    becomes(h, 50)


@step("05-json")
def json_(h):
    channel = h.channel("config")
    equal(h.channels()["config"][1], 0x23)
    equal(config(h), {"quality": 85})
    h.write(channel, b'{"quality": 50}')
    equal(config(h), {"quality": 50})
    h.printed("quality is now 50\r\n")
    becomes(h, 50)
    for wrong in (b'{"quality": 0}', b'{"quality": true}', b"50", b'{"size": 5}', b"{", b"[]"):
        equal((wrong, h.status(h.write, channel, wrong)), (wrong, "FAILED"))
    equal(config(h), {"quality": 50})


@step("06-knobs")
def knobs(h):
    channel = h.channel("config")
    equal(config(h), {"quality": 85, "brightness": 0, "mirror": False})
    h.write(channel, b'{"mirror": true, "quality": 20}')
    h.write(channel, b'{"brightness": -3}')
    equal(config(h), {"quality": 20, "brightness": -3, "mirror": True})
    becomes(h, 20)
    for wrong in (b'{"brightness": 4}', b'{"mirror": 2}', b'{"quality": 50, "zoom": 1}', b"5"):
        equal((wrong, h.status(h.write, channel, wrong)), (wrong, "FAILED"))
    equal(config(h)["quality"], 20)


@step("07-histogram")
def histogram(h):
    knobs(h)
    channels = h.channels()
    for name in ("histogram", "telemetry"):
        equal(channels[name][1], 0x21)
        h.wait_event(channels[name][0], 1)
    lines = h.read_all(channels["histogram"][0]).decode().splitlines()
    equal(len(lines), 8)
    parts = []
    for line in lines:
        part, bar = re.fullmatch(r" *(\d+)% (#*)", line).groups()
        assert abs(len(bar) - 0.6 * int(part)) < 1.5, line
        parts.append(int(part))
    assert 90 < sum(parts) <= 100 and max(parts) < 100, parts
    values = json.loads(h.read_all(channels["telemetry"][0]))
    equal(sorted(values), ["fps", "pictures"])
    assert values["pictures"] > 1 and 0 < values["fps"] < 200, values


@step("08-trigger")
def trigger(h):
    histogram(h)
    channel = h.channel("trigger")
    equal(h.channels()["trigger"][1], 0x23)
    equal(h.size(channel), 0)
    for text in (b"now", b"again"):
        h.events.clear()
        h.write(channel, text)
        h.wait_event(channel, 1)
        answer = h.read_all(channel).decode()
        assert re.fullmatch(r"picture \d+: brightness \d+\n", answer), answer
    h.events.clear()
    h.idle(0.3)
    assert (channel, 1) not in h.events


def main():
    omvcam, directory = sys.argv[1:]
    names = sorted(f[:-3] for f in os.listdir(directory) if f.endswith(".py"))
    with tempfile.TemporaryDirectory() as work:
        empty = os.path.join(work, "main.py")
        open(empty, "w").close()
        with open(os.path.join(work, "log"), "w+") as log, Host(omvcam, empty, log=log) as h:
            h.sync()
            h.printed(">>> ")
            for name in sorted(set(names) | set(tests)):
                try:
                    with open(os.path.join(directory, name + ".py")) as f:
                        h.run(f.read())
                    h.events = [e for e in h.events if e[0] == 0]
                    tests[name](h)
                    print("ok - tutorial: " + name)
                except Exception:
                    print("not ok - tutorial: " + name)
                    for line in traceback.format_exc().rstrip().split("\n"):
                        print("#", line)
                    for line in h.text.decode().split("\r\n"):
                        print("#  ", line)
                    h.resynchronise()
                sys.stdout.flush()
            # Methods that raise are reported there, and nowhere else.
            log.seek(0)
            reports = [line for line in log if "() of channel" in line or "Error: " in line]
            print("%sok - tutorial: no method of a channel raises" % ("not " if reports else ""))
            for line in reports:
                print("#", line.rstrip())


main()
