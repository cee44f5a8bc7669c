# SPDX-License-Identifier: GPL-2.0-only OR MIT
import csi

camera = csi.CSI()
camera.reset()
camera.pixformat(csi.RGB565)
camera.framesize(csi.QVGA)

while True:
    camera.snapshot()
