# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# minimal.py	the shortest script that makes the camera a webcam; see main.py for a complete one
import csi
import protocol


class Frame:
    def __init__(self):
        self.picture = None  # owns the memory that jpeg refers to
        self.jpeg = b""
        self.length = 0  # 0: no unread picture

    def size(self):
        return self.length

    def poll(self):
        return self.length > 0

    def readp(self, offset, length):
        if offset + length > self.length:
            raise ValueError
        if offset + length == self.length:
            self.length = 0
        return memoryview(self.jpeg)[offset:offset + length]


sensor = csi.CSI()
sensor.reset()
sensor.pixformat(csi.RGB565)
sensor.framesize(csi.QVGA)
frame = Frame()
channel = protocol.register(name="frame", backend=frame)

while True:
    picture = sensor.snapshot()
    if not frame.length:
        frame.picture = picture.to_jpeg(quality=85, copy=True)
        frame.jpeg = frame.picture.bytearray()
        frame.length = len(frame.jpeg)
        try:
            channel.send_event(0x01)
        except (OSError, RuntimeError):
            pass  # no host is connected
