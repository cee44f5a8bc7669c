# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# main.py	makes an OpenMV cam with stock firmware (5.0 or later) a webcam on Linux
#
# Copy it onto the camera's disk. It registers two channels: "frame", a JPEG picture at a time,
# and "config", a JSON object with the knobs. README.md beside this file tells the rest.
#
# The firmware calls the methods of a channel in between, wherever the script happens to be. So they
# neither touch the sensor nor wait, and what they share with the script changes hands in one
# assignment. What stands here about csi and image is from their documentation; none of it was
# tried on a camera.

import json
import time

import csi
import protocol

FRAMESIZE = "QVGA"  # or any other name that csi has: VGA, HD, ... what the camera's memory holds
QUALITY = 85  # until the host writes another
REFRESH_MS = 500  # how often the sensor is asked for its exposure and gain

FRAME_EVENT = 0x01

# What the sensor and its driver may do to the script. Not Exception itself: with that some
# firmware stops a script.
FAULTS = (ArithmeticError, AttributeError, LookupError, MemoryError, OSError, RuntimeError,
          TypeError, ValueError)


class Picture:
    def __init__(self, image, height, width):
        self.image = image  # owns the memory that data refers to
        self.data = b"" if image is None else image.bytearray()
        self.height = height
        self.width = width
        self.told = False  # a host has heard of it,
        self.asked = False  # has asked how long it is,
        self.fetched = image is None  # has all of it


class Frame:
    """The channel "frame": one picture, kept until a host has fetched it.

    A picture of which no host knows is replaced by the next. One that was announced, or whose
    size was asked for, stays until a READ has reached its end. Nothing is read of a picture whose
    size was not asked for: such a READ is meant for the one before.
    """

    def __init__(self):
        self.picture = Picture(None, 0, 0)
        self.channel = None

    # The firmware calls these four.

    def size(self):
        picture = self.picture
        if picture.fetched:
            return 0
        picture.asked = True
        return len(picture.data)

    def shape(self):
        size = self.size()
        return (self.picture.height, self.picture.width, size)

    def poll(self):
        return not self.picture.fetched

    def readp(self, offset, length):
        # The firmware would go on behind the end of what it gets. If this raises it answers
        # FAILED.
        picture = self.picture
        end = offset + length
        if picture.fetched or not picture.asked:
            raise ValueError("no picture")
        if offset < 0 or length <= 0 or end > len(picture.data):
            raise ValueError("no such bytes")
        part = memoryview(picture.data)[offset:end]
        if end == len(picture.data):
            picture.fetched = True
        return part

    # The script calls these.

    def wanted(self):
        """Is there room for a picture?"""
        picture = self.picture
        return picture.fetched or not (picture.told or picture.asked)

    def put(self, picture):
        """Show a picture, unless a host has asked for the one before meanwhile."""
        if not self.wanted():
            return False
        self.picture = picture
        try:
            self.channel.send_event(FRAME_EVENT)
            picture.told = True
        except (OSError, RuntimeError):
            pass  # nobody listens, or stops to
        return True


# Type, lowest and highest value that the host may set.
KNOBS = {
    "quality": (int, 1, 100),
    "exposure": (int, 1, 10000000),  # microseconds
    "auto_exposure": (bool, 0, 1),
    "gain": (float, 0, 60),  # dB
    "auto_gain": (bool, 0, 1),
    "hmirror": (bool, 0, 1),
    "vflip": (bool, 0, 1),
}

# A knob that has an automatic, the automatic, and the keyword argument that sets the knob.
AUTOMATIC = (
    ("exposure", "auto_exposure", "exposure_us"),
    ("gain", "auto_gain", "gain_db"),
)

# The methods of csi.CSI that report what is in force.
SENSOR = {
    "exposure": "exposure_us",
    "gain": "gain_db",
    "hmirror": "hmirror",
    "vflip": "vflip",
}


def checked(key, value):
    """The value in the type of the knob; ValueError if it can't be one of this knob."""
    kind, low, high = KNOBS[key]
    given = type(value)
    if given is not kind and given is not int:
        raise ValueError("not a value of %s" % key)
    if not low <= value <= high:
        raise ValueError("%s is out of range" % key)
    return kind(value)


class Config:
    """The channel "config": a JSON object both ways; a plain number written is the quality.

    A write is one packet. It is taken whole or refused, with FAILED. Keys that nobody knows are
    passed over, as they may be those of a later version.
    """

    def __init__(self):
        self.values = {"quality": QUALITY}  # a knob that the sensor does not have is not here
        self.pending = {}  # accepted, for the script to apply
        self.applying = {}  # being applied
        self.text = b""

    # The firmware calls these three.

    def size(self):
        shown = dict(self.values)
        shown.update(self.applying)
        shown.update(self.pending)
        self.text = json.dumps(shown).encode()
        return len(self.text)

    def read(self, offset, length):
        return self.text[offset:offset + length]

    def write(self, offset, data):
        # 0 is FAILED; anything else, an exception too, is success for the firmware.
        try:
            if offset:
                return 0
            new = self.parse(bytes(data))
        except FAULTS:
            return 0
        if "quality" in new:
            self.values["quality"] = new.pop("quality")
        self.pending.update(new)
        return len(data)

    def parse(self, text):
        given = json.loads(text)
        # MicroPython does not mind if the end is missing.
        if type(given) is dict and text.strip()[-1:] != b"}":
            raise ValueError("cut short")
        if type(given) is not dict:
            given = {"quality": given}
        new = {}
        for key in given:
            if key not in KNOBS:
                continue
            if key not in self.values:
                raise ValueError("this sensor has no %s" % key)
            new[key] = checked(key, given[key])
        for key, auto, _ in AUTOMATIC:
            # Setting a knob by hand switches its automatic off, unless the same object has the
            # automatic on: so what was read can be written back.
            if key in new:
                if new.get(auto):
                    del new[key]
                else:
                    new[auto] = False
        return new

    # The script calls this one.

    def take(self):
        """What is to be applied now. Shown to the host until it is in values, or is not."""
        self.applying = self.pending
        self.pending = {}
        return self.applying


class Camera:
    def __init__(self):
        self.sensor = csi.CSI()
        self.sensor.reset()
        try:
            self.sensor.pixformat(csi.RGB565)
        except FAULTS:
            self.sensor.pixformat(csi.GRAYSCALE)  # a monochrome sensor
        self.sensor.framesize(getattr(csi, FRAMESIZE))

        self.config = Config()
        self.frame = Frame()
        self.complaint = None
        for key in SENSOR:
            self.config.values[key] = None
        for knob in AUTOMATIC:
            self.set_auto(knob, True, None)
        self.refresh()
        for key in SENSOR:
            if self.config.values.get(key, 0) is None:
                del self.config.values[key]

        # In this order: a host that sees pictures finds the knobs too.
        protocol.register(name="config", backend=self.config)
        self.frame.channel = protocol.register(name="frame", backend=self.frame)

    def step(self):
        """Take a picture, and show it if the last one is fetched. Returns whether it did."""
        try:
            self.knobs()
            image = self.sensor.snapshot()
            if not self.frame.wanted():
                return False
            # A copy, because the next snapshot() overwrites this picture, and because the
            # firmware's preview shows what snapshot() gave.
            jpeg = image.to_jpeg(quality=self.config.values["quality"], copy=True)
            return self.frame.put(Picture(jpeg, image.height(), image.width()))
        except FAULTS as fault:
            self.complain(fault)
            return False

    def complain(self, fault):
        """Tell what went wrong, once, and wait a little before it may go wrong again."""
        complaint = repr(fault)
        if complaint != self.complaint:
            print("frame:", complaint)
            self.complaint = complaint
        time.sleep_ms(50)

    def knobs(self):
        """Apply what the host has written, look now and then at what the sensor does by itself."""
        if self.config.pending:
            new = self.config.take()
            for key in ("hmirror", "vflip"):
                if key in new:
                    self.set(key, new[key])
            for knob in AUTOMATIC:
                key, auto, _ = knob
                if auto in new:
                    self.set_auto(knob, new[auto], new.get(key, self.config.values.get(key)))
            self.refresh()
            self.config.applying = {}
        elif time.ticks_diff(time.ticks_ms(), self.refreshed) >= REFRESH_MS:
            self.refresh()

    def set(self, key, value, **how):
        """Call the sensor's method of this name. One that fails is not there from then on."""
        try:
            getattr(self.sensor, key)(value, **how)
            self.config.values[key] = value
        except FAULTS:
            self.config.values.pop(key, None)

    def set_auto(self, knob, on, value):
        """Switch the automatic on, or off with the value of its knob, if there is one."""
        key, auto, keyword = knob
        if on or value is None:
            self.set(auto, on)
        else:
            self.set(auto, on, **{keyword: value})
        if auto not in self.config.values:
            self.config.values.pop(key, None)

    def refresh(self):
        """What the sensor reports. It doesn't tell whether its automatics are on."""
        for key in SENSOR:
            if key not in self.config.values:
                continue
            try:
                value = KNOBS[key][0](getattr(self.sensor, SENSOR[key])())
                if value - value == 0:  # JSON has no word for infinity and the like
                    self.config.values[key] = value
            except FAULTS:
                pass
        self.refreshed = time.ticks_ms()


def main():
    camera = Camera()
    while True:
        camera.step()


if __name__ == "__main__":
    main()
