# SPDX-License-Identifier: GPL-2.0-only
#
# The script that the conformance program uploads with --script: it prints, registers a channel, and
# keeps running.
import time

import protocol


class Frame:
    def size(self):
        return 0

    def readp(self, offset, size):
        return None

    def poll(self):
        return False


print('script.py runs')
protocol.register(name='frame', backend=Frame())
while True:
    time.sleep_ms(100)
