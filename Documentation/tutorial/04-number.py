# SPDX-License-Identifier: GPL-2.0-only OR MIT
import csi
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


class Config:
    def __init__(self):
        self.quality = 85

    def write(self, offset, data):
        try:
            quality = int(data)
        except ValueError:
            return 0
        if not 1 <= quality <= 100:
            return 0
        self.quality = quality
        print("quality is now", quality)
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
    image = camera.snapshot()
    frame.newest = bytes(image.to_jpeg(quality=config.quality, copy=True).bytearray())
    announce(frame_channel)
