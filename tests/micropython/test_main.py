# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of the scripts in firmware/micropython/ under MicroPython, with mocks of the firmware's modules.
# Prints TAP. Started by tests/micropython/run, which sets the search path.

import gc
import io
import json
import random
import sys

import csi
import protocol

SCRIPTS = sys.argv[1]


tests = []


def test(what):
    def add(function):
        tests.append((function, what))
        return function
    return add


class Stop(Exception):
    pass


def watch(kind, *names):
    """Return a class that runs callbacks when the script uses attributes with these names."""
    class Watched(kind):
        pass

    def watched(name):
        hidden = "_" + name

        def get(self):
            value = getattr(self, hidden)
            protocol.interrupt()
            return value

        def put(self, value):
            setattr(self, hidden, value)
            protocol.interrupt()

        setattr(Watched, name, property(get, put))

    for name in names:
        watched(name)
    return Watched


def start(watched=False, **sensor):
    """Power on and run main.py up to its loop."""
    protocol.reset()
    csi.boot()
    for name in sensor:
        setattr(csi, name, sensor[name])
    sys.modules.pop("main", None)
    global main, printed
    main = __import__("main")
    if watched:
        main.Picture, main.Frame = watch(main.Picture, "announced", "asked", "fetched"), watch(main.Frame, "picture")
        main.Config = watch(main.Config, "pending", "applying")
    printed = []
    main.print = lambda *words: printed.append(words)
    return main.Camera()


def fetch():
    size = protocol.size("frame")
    return csi.parse(protocol.read("frame", 0, size))


def told():
    size = protocol.size("config")
    return json.loads(protocol.read("config", 0, size))


def config():
    shown = told()
    for key in shown:
        if type(shown[key]) is dict:
            shown[key] = shown[key]["value"]
    return shown


def send(values):
    protocol.write("config", json.dumps(values).encode())


def refused(text, offset=0):
    try:
        protocol.write("config", text, offset)
    except protocol.Nak:
        return True
    return False


def no_read(offset, length):
    try:
        protocol.read("frame", offset, length)
    except protocol.Nak:
        return True
    return False


def equal(got, wanted):
    if got != wanted:
        raise AssertionError("%r, not %r" % (got, wanted))


class Viewer:
    """A host that fetches each picture after its event, with probability `odds` at each interrupt."""

    def __init__(self, odds=1.0):
        self.odds = odds
        self.heard = len(protocol.events)
        self.pictures = []

    def __call__(self):
        if len(protocol.events) > self.heard and random.random() < self.odds:
            self.heard += 1
            self.pictures.append(fetch())


@test("config and frame are registered, with the flags of their methods")
def registers():
    start()
    equal([(c.id, c.name, c.flags) for c in protocol.channels],
          [(4, "config", 0x23), (5, "frame", 0x21)])


@test("before the first picture SIZE is 0 and READ fails")
def nothing_yet():
    start()
    equal((protocol.size("frame"), protocol.poll("frame"), protocol.shape("frame")),
          (0, False, (0, 0, 0)))
    assert no_read(0, 1)
    equal(protocol.events, [])


@test("pictures are complete, in order and not repeated, with one event each")
def order():
    camera = start()
    for odds in (1.0, 0.3, 0.02):
        before, events = csi.encoded, len(protocol.events)
        protocol.host = viewer = Viewer(odds)
        for _ in range(300):
            camera.step()
        protocol.host = None
        viewer.odds = 1
        viewer()
        numbers = [n for n, _ in viewer.pictures]
        assert len(numbers) > 3
        assert all(a < b for a, b in zip(numbers, numbers[1:])), "twice, or out of order"
        equal(len(protocol.events) - events, len(numbers))
        equal(csi.encoded - before, len(numbers))
        equal(set(protocol.events), {("frame", 1)})
    equal((protocol.raised, protocol.overread), ([], 0))


@test("a fast host gets every picture")
def fluent():
    camera = start()
    protocol.host = viewer = Viewer()
    for _ in range(100):
        assert camera.step()
    viewer()
    equal([n for n, _ in viewer.pictures], list(range(1, 101)))


@test("an announced picture is kept until it is fetched, and nothing is encoded meanwhile")
def latch():
    camera = start()
    assert camera.step()
    for _ in range(20):
        assert not camera.step()
    equal((csi.taken, csi.encoded, len(protocol.events)), (21, 1, 1))
    assert protocol.poll("frame")
    equal(fetch(), (1, 85))
    assert camera.step()
    equal(fetch(), (22, 85))


@test("a picture can be read in parts; the last byte releases it")
def split():
    camera = start()
    camera.step()
    size = protocol.size("frame")
    protocol.read("frame", 0, size - 1)
    protocol.read("frame", 1, size - 2)
    data = b""
    while len(data) < size:
        data += protocol.read("frame", len(data), min(100, size - len(data)))
        camera.step()
    equal(csi.parse(data), (1, 85))
    camera.step()
    assert protocol.poll("frame")
    protocol.read("frame", protocol.size("frame") - 1, 1)
    assert not protocol.poll("frame")


@test("a READ beyond the end, or after the release, fails and releases nothing")
def bounds():
    camera = start()
    camera.step()
    size = protocol.size("frame")
    assert no_read(0, size + 1) and no_read(size, 1) and no_read(1 << 31, 1 << 31)
    assert no_read(0, 0)
    equal(fetch(), (1, 85))
    equal((protocol.size("frame"), protocol.poll("frame")), (0, False))
    assert no_read(0, size)
    equal(protocol.overread, 0)


@test("a READ without a SIZE of the same picture is refused; SHAPE counts as SIZE")
def unasked():
    camera = start()
    camera.step()
    assert no_read(0, 1)
    protocol.read("frame", 0, protocol.shape("frame")[2])
    assert not protocol.poll("frame")
    camera.step()
    assert no_read(0, 1)
    equal(fetch(), (2, 85))


@test("the memory of a picture is not changed before the next one is announced")
def keeps():
    camera = start()
    camera.step()
    size = protocol.size("frame")
    part = protocol.find("frame").backend.readp(0, size)
    before = bytes(part)
    equal(csi.parse(before), (1, 85))
    seen = []
    protocol.host = lambda: seen.append(bytes(part) == before)
    camera.step()
    assert len(seen) > 3 and all(seen)


@test("shape is height, width, bytes")
def shape():
    camera = start()
    camera.step()
    equal(protocol.shape("frame"), (240, 320, protocol.size("frame")))


@test("without a host the script continues, and the first host gets a recent picture")
def inactive():
    camera = start()
    protocol.active = False
    for _ in range(10):
        assert camera.step()
    equal(protocol.events, [])
    protocol.active = True
    assert protocol.poll("frame")
    equal(fetch(), (10, 85))
    camera.step()
    equal(protocol.events, [("frame", 1)])
    equal(fetch(), (11, 85))


@test("a host without events can poll: a picture is kept after SIZE")
def no_events():
    camera = start()
    protocol.events_on = False
    camera.step()
    size = protocol.size("frame")
    for _ in range(5):
        assert not camera.step()
    equal(csi.parse(protocol.read("frame", 0, size)), (1, 85))
    assert camera.step()


@test("a SIZE while the next picture is being encoded is valid for the READ")
def asked_meanwhile():
    camera = start()
    protocol.events_on = False
    camera.step()
    sizes = []

    def ask():
        if csi.taken == 2 and csi.encoding:
            sizes.append(protocol.size("frame"))

    protocol.host = ask
    assert not camera.step()
    protocol.host = None
    equal(csi.parse(protocol.read("frame", 0, sizes[0])), (1, 85))


@test("hosts that connect and disconnect at any moment do not end the script")
def comes_and_goes():
    camera = start()
    viewer = Viewer()

    def host():
        protocol.active = random.random() < 0.5
        if protocol.active:
            viewer()

    protocol.host = host
    for _ in range(500):
        camera.step()
    assert len(viewer.pictures) > 50
    equal(printed, [])


@test("the next picture has the new quality")
def quality():
    camera = start()
    protocol.host = viewer = Viewer()
    wanted = []
    for quality in (50, 1, 100, 85):
        send({"quality": quality})
        camera.step()
        camera.step()
        wanted += [quality, quality]
    viewer()
    equal([q for _, q in viewer.pictures], wanted)


@test("a plain number is the quality")
def plain_number():
    start()
    protocol.write("config", b"42")
    equal(config()["quality"], 42)
    for text in (b"0", b"101", b"-1", b"4.5", b'"50"', b"true", b"null"):
        assert refused(text), text
    equal(config()["quality"], 42)


@test("config returns the current values, as the sensor reports them")
def reads_back():
    camera = start()
    equal(config(), {"quality": 85, "exposure": 16000, "auto_exposure": True, "gain": 6.0,
                     "auto_gain": True, "hmirror": False, "vflip": True})
    main.REFRESH_MS = 0
    camera.step()
    camera.step()
    equal(config()["exposure"], 16160)
    send({"exposure": 10001, "gain": 3.1})
    shown = config()
    equal((shown["exposure"], shown["gain"]), (10001, 3.1))
    camera.step()
    shown = config()
    equal((shown["exposure"], shown["gain"]), (10000, 3.0))
    equal((shown["auto_exposure"], shown["auto_gain"]), (False, False))


@test("exposure and gain come with a range and a unit")
def shown_ranges():
    start()
    shown = told()
    equal(shown["exposure"], {"value": 16000, "min": 1, "max": 1000000, "unit": "us"})
    equal(shown["gain"], {"value": 6.0, "min": 0.0, "max": 60.0, "unit": "dB"})
    equal((shown["quality"], shown["hmirror"]), (85, False))
    # The packet of the smallest board has room for it.
    assert protocol.size("config") < 490


@test("at no moment after a write does config show the old value")
def never_stale():
    camera = start()
    main.REFRESH_MS = 0
    seen = []
    protocol.host = lambda: seen.append(config()["exposure"])
    for value in (5008, 6000, 7008):
        protocol.host, reader = None, protocol.host
        send({"exposure": value})
        protocol.host = reader
        seen.clear()
        camera.step()
        camera.step()
        equal(set(seen), {value})


@test("a written value is applied to the sensor once, by the script and not by the callback")
def reaches_sensor():
    camera = start()
    csi.calls.clear()
    send({"hmirror": True, "vflip": 0, "exposure": 8000, "gain": 2})
    equal(csi.calls, [])
    camera.step()
    equal(sorted(csi.calls), [("auto_exposure", False, 8000), ("auto_gain", False, 2.0),
                              ("hmirror", True), ("vflip", False)])
    equal((config()["hmirror"], config()["vflip"]), (True, False))
    camera.step()
    equal(len(csi.calls), 4)
    csi.calls.clear()
    send({"auto_exposure": True, "auto_gain": 1})
    camera.step()
    equal(sorted(csi.calls), [("auto_exposure", True, None), ("auto_gain", True, None)])
    csi.calls.clear()
    send({"auto_exposure": False})
    camera.step()
    equal(csi.calls, [("auto_exposure", False, config()["exposure"])])
    equal(csi.misuse, [])


@test("an object that was read can be written back without an effect")
def write_back():
    camera = start()
    before = told()
    send(before)
    camera.step()
    after = told()
    before.pop("exposure"), after.pop("exposure")
    equal(after, before)
    send({"exposure": 8000, "gain": 4.0})
    camera.step()
    before = told()
    send(before)
    camera.step()
    equal(told(), before)


@test("several writes before the next picture are all applied; of the same key the last one counts")
def two_writes():
    camera = start()
    send({"exposure": 8000})
    send({"hmirror": True})
    send({"exposure": 4000})
    camera.step()
    shown = config()
    equal((shown["exposure"], shown["auto_exposure"], shown["hmirror"]), (4000, False, True))
    send({"exposure": 8000})
    send({"auto_exposure": True})
    camera.step()
    equal(config()["auto_exposure"], True)


GARBAGE = (b"{", b"}", b"{}}", b"[", b"[]", b"[1]", b"nonsense", b"\x00", b"\xff\xfe{\x80", b" ",
           b'{"quality": 50', b'{"quality": 50]', b'"', b"{" * 400, b"[" * 400,
           b"1e999", b"-1e999", b"9" * 300, b"quality=50", bytes(range(256)))


@test("invalid JSON is refused without an exception or a change")
def garbage():
    camera = start()
    before = config()
    for text in GARBAGE:
        assert refused(text), text
    assert refused(b'{"quality": 50}', 10)
    equal(config(), before)
    equal(protocol.raised, [])
    assert camera.step()


@test("an object with a value of the wrong type or out of range is refused completely")
def wrong_values():
    camera = start()
    before = config()
    csi.calls.clear()
    wrong = {
        "quality": ("0", "101", "-5", "50.5", '"50"', "true", "null", "[50]", "{}", "9" * 40),
        "exposure": ("0", "-1", "1.5", "10000001", '"auto"', "null", "false", "1e999", "{}",
                     '{"value": 0}', '{"value": {"value": 5}}'),
        "gain": ("-0.1", "60.1", "1e999", "-1e999", '"1"', "null", "true", "[]", "9" * 300),
        "auto_exposure": ("2", "-1", "1.0", '"true"', "null", "[]"),
        "auto_gain": ("2", "0.0", '""', "null"),
        "hmirror": ("2", "-1", "0.5", '"yes"', "null", "{}"),
        "vflip": ("2", "null"),
    }
    good = {"quality": 33, "exposure": 4000, "auto_exposure": 0, "gain": 3, "auto_gain": 0,
            "hmirror": 1, "vflip": 0}
    for key in wrong:
        for value in wrong[key]:
            text = b'{"%s": %s}' % (key.encode(), value.encode())
            assert refused(text), text
            rest = dict(good)
            rest.pop(key)
            text = text[:-1] + b", " + json.dumps(rest).encode()[1:]
            assert refused(text), text
    camera.step()
    equal((config(), csi.calls, protocol.raised), (before, [], []))


@test("minimum and maximum values are accepted")
def edges():
    camera = start()
    for values in ({"quality": 1}, {"quality": 100}, {"exposure": 1}, {"exposure": 10000000},
                   {"gain": 0}, {"gain": 60.0}, {"hmirror": 0}, {"hmirror": 1}):
        send(values)
        for key in values:
            equal(config()[key], values[key])
        camera.step()


@test("unknown keys are ignored")
def unknown():
    start()
    before = config()
    send({"brightness": 5, "quality": 60, "": None, "nested": {"quality": 1}})
    send({"x": [1, 2]})
    send({})
    before["quality"] = 60
    equal(config(), before)
    equal(protocol.raised, [])


@test("the written bytes are not used after the write")
def packet_reused():
    camera = start()
    send({"exposure": 8000, "hmirror": True})
    protocol.write("config", b'{"quality": 51}' + b" " * 100)
    camera.step()
    shown = config()
    equal((shown["exposure"], shown["hmirror"], shown["quality"]), (8000, True, 51))


def without(method, removed):
    camera = start(missing={method})
    for _ in range(3):
        camera.step()
        fetch()
    shown = config()
    for key in main.KNOBS:
        equal(key in shown, key not in removed)
        if key in removed:
            assert refused(b'{"%s": 1}' % key.encode())
    send({"quality": 20})
    camera.step()
    equal(fetch()[1], 20)
    equal(protocol.raised, [])


@test("a sensor without exposure, gain, mirror or flip: the keys are missing")
def no_exposure():
    without("auto_exposure", ("exposure", "auto_exposure"))
    without("auto_gain", ("gain", "auto_gain"))
    without("exposure_us", ("exposure",))
    without("gain_db", ("gain",))
    without("hmirror", ("hmirror",))
    without("vflip", ("vflip",))


@test("a sensor without any setting still makes pictures")
def none_at_all():
    camera = start(missing={"auto_exposure", "auto_gain", "exposure_us", "gain_db", "hmirror", "vflip"})
    camera.step()
    equal(config(), {"quality": 85})
    equal(fetch(), (1, 85))


@test("a setting that fails is removed")
def found_out_late():
    camera = start(set_missing={"hmirror", "vflip"})
    assert "hmirror" in config()
    send({"hmirror": True})
    assert camera.step()
    assert "hmirror" not in config() and "vflip" in config()
    assert refused(b'{"hmirror": true}')
    csi.set_missing.add("auto_exposure")
    send({"exposure": 500})
    camera.step()
    fetch()
    assert camera.step()
    assert "exposure" not in config() and "auto_exposure" not in config()


@test("values that JSON cannot represent are ignored")
def odd_reports():
    camera = start(report={"gain_db": float("nan"), "exposure_us": 1234.5})
    equal(config()["exposure"], 1234)
    assert "gain" not in config()
    camera = start()
    main.REFRESH_MS = 0
    for odd in (float("inf"), None, "loud"):
        csi.report = {"gain_db": odd}
        camera.step()
        equal(config()["gain"], 6.0)


@test("a monochrome sensor")
def mono():
    camera = start(mono=True)
    camera.step()
    equal(fetch(), (1, 85))


@test("a failed snapshot or encoding loses a picture and is printed once")
def faults():
    timeout = RuntimeError("Capture timeout")
    camera = start(faults=[timeout, timeout, OSError(5), None, "encode"])
    equal([camera.step() for _ in range(4)], [False, False, False, False])
    equal([csi.taken, csi.encoded, len(printed)], [1, 0, 3])
    assert camera.step()
    equal(fetch(), (2, 85))
    equal([len(printed), protocol.raised], [3, []])


@test("the firmware can stop the script")
def stop():
    for stop in (Exception("IDE interrupt"), KeyboardInterrupt()):
        camera = start(stop_at=(3, stop))
        protocol.host = Viewer()
        try:
            for _ in range(5):
                camera.step()
        except BaseException as e:
            assert e is stop
        else:
            raise AssertionError("it went on")


@test("after a soft reboot the script starts again with its defaults")
def restart():
    camera = start()
    send({"quality": 10, "exposure": 8000})
    camera.step()
    fetch()
    for _ in range(3):
        camera = start()
        equal([c.name for c in protocol.channels], ["config", "frame"])
        assert not protocol.poll("frame")
        equal((config()["quality"], config()["auto_exposure"]), (85, True))
        camera.step()
        equal(protocol.events, [("frame", 1)])
        equal(fetch(), (1, 85))


def fuzz(seed):
    """A host that sends random requests at random moments."""
    random.seed(seed)
    camera = start(watched=True)
    main.REFRESH_MS = 0
    seen = []
    state = {"size": 0, "quality": 85, "missed": 0}

    def host():
        dice = random.randrange(30)
        if dice < 3:
            state["size"] = protocol.size("frame")
        elif dice < 6 and state["size"]:
            size, state["size"] = state["size"], 0
            try:
                seen.append(csi.parse(protocol.read("frame", 0, size))[0])
            except protocol.Nak:
                state["missed"] += 1
        elif dice == 6:
            protocol.poll("frame")
        elif dice == 7:
            state["quality"] = random.randint(1, 100)
            state["exposure"] = random.randint(16, 9999) // 16 * 16
            send({"quality": state["quality"], "exposure": state["exposure"]})
        elif dice == 8:
            refused(GARBAGE[random.randrange(len(GARBAGE))])
        elif dice == 9:
            shown = config()
            equal(shown["quality"], state["quality"])
            equal(shown["exposure"], state.get("exposure", shown["exposure"]))
        elif dice == 10:
            protocol.active = random.random() < 0.7
        elif dice == 11:
            no_read(random.randrange(3000), 4000)

    protocol.host = host
    for _ in range(400):
        camera.step()
    assert len(seen) > 100, len(seen)
    assert state["missed"] < 20, state["missed"]
    assert all(a < b for a, b in zip(seen, seen[1:])), "twice, or out of order"
    equal((protocol.overread, csi.misuse, printed), (0, [], []))
    equal([r for r in protocol.raised if r[:2] != ("frame", "readp")], [])


@test("with random requests at random moments all pictures are complete")
def anything():
    for seed in range(10):
        fuzz(seed)


@test("5000 pictures need no additional memory, and the garbage collector frees none in use")
def long_run():
    camera = start()
    protocol.host = viewer = Viewer()
    gc.collect()
    gc.threshold(20000)
    before = None
    for i in range(5000):
        camera.step()
        number = viewer.pictures.pop()[0] if viewer.pictures else number
        protocol.events.clear()
        viewer.heard = 0
        if i % 50 == 0:
            config()
            send({"gain": i % 20})
        if i % 500 == 0:
            csi.calls.clear()
            gc.collect()
            if i == 1000:
                before = gc.mem_alloc()
    gc.threshold(-1)
    gc.collect()
    assert number >= 4998, number
    assert gc.mem_alloc() < before + 4000, (before, gc.mem_alloc())


def run_script(name, pictures):
    """Run a complete script like the firmware, until it has taken this number of pictures."""
    protocol.reset()
    csi.boot()
    csi.stop_at = (pictures, Stop())
    protocol.host = viewer = Viewer(0.7)
    with open(SCRIPTS + "/" + name) as f:
        script = f.read()
    try:
        exec(compile(script, name, "exec"), {"__name__": "__main__"})
    except Stop:
        pass
    else:
        raise AssertionError("it ended")
    numbers = [n for n, _ in viewer.pictures]
    assert len(numbers) > pictures // 2
    assert all(a < b for a, b in zip(numbers, numbers[1:])), "twice, or out of order"
    equal((protocol.raised, protocol.overread), ([], 0))


@test("main.py runs as a script")
def whole():
    run_script("main.py", 100)


@test("minimal.py runs, also without a host")
def minimal():
    run_script("minimal.py", 100)
    protocol.reset()
    csi.boot()
    csi.stop_at = (10, Stop())
    protocol.active = False
    with open(SCRIPTS + "/minimal.py") as f:
        try:
            exec(f.read(), {"__name__": "__main__"})
        except Stop:
            pass
    equal(protocol.events, [])
    assert protocol.poll("frame") and no_read(0, protocol.size("frame") + 1)
    equal((fetch(), protocol.poll("frame"), protocol.overread), ((1, 85), False, 0))


def run(function, what):
    random.seed(1)
    try:
        function()
        print("ok - micropython:", what)
        return True
    except BaseException as e:
        out = io.StringIO()
        sys.print_exception(e, out)
        for line in out.getvalue().splitlines():
            print("#", line)
        print("not ok - micropython:", what)
        return False


sys.exit(0 if all([run(*t) for t in tests]) else 1)
