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


camera = csi.CSI()
camera.reset()
camera.pixformat(csi.RGB565)
camera.framesize(csi.QVGA)

frame = Output()
frame_channel = protocol.register(name="frame", backend=frame)


def announce(channel):
    try:
        channel.send_event(1)
    except RuntimeError:
        pass  # no host is listening


while True:
    image = camera.snapshot()
    frame.newest = bytes(image.to_jpeg(quality=85, copy=True).bytearray())
    announce(frame_channel)
