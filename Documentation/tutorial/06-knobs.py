# SPDX-License-Identifier: GPL-2.0-only OR MIT
import csi
import json
import protocol


class Output:
    """A channel with bytes for the host."""

    def __init__(self):
        self.newest = b""
        self.current = b""

    def size(self):
        self.current = self.newest
        return len(self.current)

    def read(self, offset, size):
        return self.current[offset:offset + size]


KNOBS = {
    # type, lowest and highest value
    "quality": (int, 1, 100),
    "brightness": (int, -3, 3),
    "mirror": (bool, False, True),
}


class Config(Output):
    def __init__(self):
        super().__init__()
        self.values = {"quality": 85, "brightness": 0, "mirror": False}
        self.changed = {}

    def size(self):
        self.newest = json.dumps(self.values).encode()
        return super().size()

    def write(self, offset, data):
        try:
            new = json.loads(data)
            for key in new:
                kind, low, high = KNOBS[key]
                if type(new[key]) is not kind or not low <= new[key] <= high:
                    return 0
        except (ValueError, TypeError, KeyError):
            return 0
        self.values.update(new)
        self.changed.update(new)
        return len(data)


camera = csi.CSI()
camera.reset()
camera.pixformat(csi.RGB565)
camera.framesize(csi.QVGA)

config = Config()
protocol.register(name="config", backend=config)
frame = Output()
frame_channel = protocol.register(name="frame", backend=frame)


def announce(channel):
    try:
        channel.send_event(1)
    except RuntimeError:
        pass  # no host is listening


while True:
    changed, config.changed = config.changed, {}
    if "brightness" in changed:
        camera.brightness(changed["brightness"])
    if "mirror" in changed:
        camera.hmirror(changed["mirror"])

    image = camera.snapshot()
    frame.newest = bytes(image.to_jpeg(quality=config.values["quality"], copy=True).bytearray())
    announce(frame_channel)
