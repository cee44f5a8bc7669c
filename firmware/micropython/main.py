# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# main.py	makes an OpenMV cam with stock firmware (5.0 or later) a webcam on Linux
#
# Copy it to the camera's disk. It registers two channels: "frame", one JPEG picture at a time,
# and "config", a JSON object with the settings. See README.md in this directory.
#
# The firmware may call the methods of a channel at almost any point of the script. Therefore these
# methods must not use the sensor or wait, and data that they share with the script is handed over
# with a single assignment. The use of csi and image follows their documentation; it was not tested
# on a camera.

import json
import time

import csi
import protocol

FRAMESIZE = "QVGA"  # a name in csi: QVGA, VGA, HD, ...; the camera's memory limits the size
QUALITY = 85  # until the host writes another one
REFRESH_MS = 500  # interval of reading exposure and gain from the sensor

FRAME_EVENT = 0x01

# Exceptions that the sensor and its driver may raise. This must not include Exception itself, which
# some firmware raises to stop a script.
FAULTS = (ArithmeticError, AttributeError, LookupError, MemoryError, OSError, RuntimeError,
          TypeError, ValueError)


class Picture:
    def __init__(self, image, height, width):
        self.image = image  # owns the memory that data refers to
        self.data = b"" if image is None else image.bytearray()
        self.height = height
        self.width = width
        self.announced = False  # an event was sent to the host
        self.asked = False  # the host has requested the size
        self.fetched = image is None  # the host has read the last byte


class Frame:
    """The channel "frame": one picture, kept until the host has fetched it.

    A picture that no host knows of is replaced by the next one. A picture that was announced, or
    whose size was requested, is kept until a READ has reached its end. A READ without a preceding
    SIZE is refused: it is meant for the previous picture.
    """

    def __init__(self):
        self.picture = Picture(None, 0, 0)
        self.channel = None

    # The firmware calls the following four methods.

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
        # The firmware does not check the length of the result and would read beyond its end. An
        # exception results in FAILED.
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

    # The script calls the following methods.

    def wanted(self):
        """Return whether the channel can take a new picture."""
        picture = self.picture
        return picture.fetched or not (picture.announced or picture.asked)

    def put(self, picture):
        """Publish a picture, unless the host has requested the previous one meanwhile."""
        if not self.wanted():
            return False
        self.picture = picture
        try:
            self.channel.send_event(FRAME_EVENT)
            picture.announced = True
        except (OSError, RuntimeError):
            pass  # no host is connected, or it is disconnecting
        return True


# Settings: type, minimum and maximum.
KNOBS = {
    "quality": (int, 1, 100),
    "exposure": (int, 1, 10000000),  # microseconds
    "auto_exposure": (bool, 0, 1),
    "gain": (float, 0, 60),  # dB
    "auto_gain": (bool, 0, 1),
    "hmirror": (bool, 0, 1),
    "vflip": (bool, 0, 1),
}

# What the host shows of a setting: the range of a slider, and the unit. A host may write a value
# beyond it.
SHOWN = {
    "exposure": {"min": 1, "max": 1000000, "unit": "us"},
    "gain": {"min": 0.0, "max": 60.0, "unit": "dB"},
}

# Settings with an automatic mode: key of the value, key of the mode, and keyword argument of the
# sensor's method for the value.
AUTOMATIC = (
    ("exposure", "auto_exposure", "exposure_us"),
    ("gain", "auto_gain", "gain_db"),
)

# Methods of csi.CSI that return the current value.
SENSOR = {
    "exposure": "exposure_us",
    "gain": "gain_db",
    "hmirror": "hmirror",
    "vflip": "vflip",
}


def checked(key, value):
    """Return the value in the type of the setting; raise ValueError if it is invalid."""
    kind, low, high = KNOBS[key]
    if type(value) is dict:
        value = value.get("value")
    given = type(value)
    if given is not kind and given is not int:
        raise ValueError("not a value of %s" % key)
    if not low <= value <= high:
        raise ValueError("%s is out of range" % key)
    return kind(value)


class Config:
    """The channel "config": a JSON object, read and written; a plain number sets the quality.

    A write is one packet. It is applied completely or refused with FAILED. Unknown keys are
    ignored: they may belong to a later version.
    """

    def __init__(self):
        self.values = {"quality": QUALITY}  # only settings that the sensor has
        self.pending = {}  # written by the host, not yet applied
        self.applying = {}  # being applied by the script
        self.text = b""

    # The firmware calls the following three methods.

    def size(self):
        shown = dict(self.values)
        shown.update(self.applying)
        shown.update(self.pending)
        for key in SHOWN:
            if key in shown:
                value = {"value": shown[key]}
                value.update(SHOWN[key])
                shown[key] = value
        self.text = json.dumps(shown).encode()
        return len(self.text)

    def read(self, offset, length):
        return self.text[offset:offset + length]

    def write(self, offset, data):
        # 0 results in FAILED; anything else, even an exception, results in an ACK.
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
        # MicroPython's parser accepts an object without its closing brace.
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
            # Setting a value switches its automatic mode off. But if the same object has the mode
            # on, the value is ignored, so that an object that was read can be written back.
            if key in new:
                if new.get(auto):
                    del new[key]
                else:
                    new[auto] = False
        return new

    # The script calls the following method.

    def take(self):
        """Return the settings to apply. The host reads them back until they are in values."""
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

        # "config" must come first: a host that finds "frame" then finds both.
        protocol.register(name="config", backend=self.config)
        self.frame.channel = protocol.register(name="frame", backend=self.frame)

    def step(self):
        """Capture a picture, publish it if the last one was fetched. Return whether it was."""
        try:
            self.knobs()
            image = self.sensor.snapshot()
            if not self.frame.wanted():
                return False
            # Make a copy: the next snapshot() overwrites this picture, and the firmware's preview
            # uses it, too.
            jpeg = image.to_jpeg(quality=self.config.values["quality"], copy=True)
            return self.frame.put(Picture(jpeg, image.height(), image.width()))
        except FAULTS as fault:
            self.complain(fault)
            return False

    def complain(self, fault):
        """Print an error once, and wait a little before the next attempt."""
        complaint = repr(fault)
        if complaint != self.complaint:
            print("frame:", complaint)
            self.complaint = complaint
        time.sleep_ms(50)

    def knobs(self):
        """Apply what the host has written; read the sensor's automatic values periodically."""
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
        """Call the sensor's method of this name. If it fails, remove the setting."""
        try:
            getattr(self.sensor, key)(value, **how)
            self.config.values[key] = value
        except FAULTS:
            self.config.values.pop(key, None)

    def set_auto(self, knob, on, value):
        """Switch the automatic mode on, or off with a value, if there is one."""
        key, auto, keyword = knob
        if on or value is None:
            self.set(auto, on)
        else:
            self.set(auto, on, **{keyword: value})
        if auto not in self.config.values:
            self.config.values.pop(key, None)

    def refresh(self):
        """Read the values from the sensor, which does not report its automatic modes."""
        for key in SENSOR:
            if key not in self.config.values:
                continue
            try:
                value = KNOBS[key][0](getattr(self.sensor, SENSOR[key])())
                if value - value == 0:  # JSON has no infinity and NaN
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
