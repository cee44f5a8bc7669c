# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# Two sensors, a channel for the pictures of each, registered without "frame" and without events,
# written as a script's author would.
import csi
import protocol
import time


class Pictures:
    def __init__(self):
        self.data = None
        self.shown = (0, 0, 0)

    def latch(self, img):
        if self.data is None:
            self.shown = (img.height(), img.width(), img.size())
            self.data = bytes(img.bytearray())

    def poll(self):
        return self.data is not None

    def size(self):
        return len(self.data) if self.data else 0

    def shape(self):
        return self.shown

    def read(self, offset, size):
        if self.data is None:
            return b""
        part = self.data[offset:offset + size]
        if offset + size >= len(self.data):
            self.data = None
        return part


main, lepton = Pictures(), Pictures()
protocol.register(name="main", backend=main)
protocol.register(name="lepton", backend=lepton)

csi0 = csi.CSI()
csi0.reset()
csi0.pixformat(csi.RGB565)
csi0.framesize(csi.QVGA)
csi1 = csi.CSI(cid=csi.LEPTON)
csi1.reset(hard=False)
csi1.pixformat(csi.GRAYSCALE)
csi1.framesize(csi.QQVGA)

while True:
    main.latch(csi0.snapshot())
    lepton.latch(csi1.snapshot())
    time.sleep_ms(5)
