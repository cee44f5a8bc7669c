# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# A webcam with knobs, written as a script's author would: channels frame and config.
import csi
import json
import protocol
import time

QUALITY = 85


class Frame:
    def __init__(self):
        self.picture = None
        self.data = b""
        self.shown = (0, 0, 0)
        self.latched = False

    def size(self):
        return len(self.data)

    def shape(self):
        return self.shown

    def poll(self):
        return self.latched

    def readp(self, offset, size):
        if offset + size == len(self.data):
            self.latched = False
        return memoryview(self.data)[offset:offset + size]


class Config:
    def __init__(self):
        self.values = {"quality": QUALITY, "brightness": 0, "hmirror": False}
        self.text = b""

    def size(self):
        self.text = json.dumps(self.values).encode()
        return len(self.text)

    def read(self, offset, size):
        return self.text[offset:offset + size]

    def write(self, offset, data):
        for key, value in json.loads(bytes(data)).items():
            self.values[key] = value
            print("knob", key, value)
        csi0.brightness(self.values["brightness"])
        csi0.hmirror(self.values["hmirror"])
        return len(data)


csi0 = csi.CSI()
csi0.reset()
csi0.pixformat(csi.GRAYSCALE)
csi0.framesize(csi.QVGA)

frame, config = Frame(), Config()
protocol.register(name="config", backend=config)
channel = protocol.register(name="frame", backend=frame)
print("quality", QUALITY)

while True:
    img = csi0.snapshot()
    if frame.latched:
        continue
    frame.picture = img.to_jpeg(quality=config.values["quality"], copy=True)
    frame.data = frame.picture.bytearray()
    frame.shown = (img.height(), img.width(), len(frame.data))
    frame.latched = True
    if protocol.is_active():
        try:
            channel.send_event(1)
        except RuntimeError:
            pass
