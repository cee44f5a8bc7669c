# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# Modules that cameras have and the simulated camera has not: what says so.

import io
import sys
import uos

MODULES = {
    "ml": "neural networks",
    "tf": "neural networks",
    "tof": "a time-of-flight sensor",
    "fir": "a thermal sensor on I2C",
    "imu": "an inertial sensor",
    "audio": "a microphone",
    "display": "a display",
    "lcd": "a display",
    "network": "a network interface",
    "bluetooth": "a radio",
    "aioble": "a radio",
    "openamp": "a second core",
    "mjpeg": "video files",
    "gif": "video files",
    "rpc": "buses to other boards",
    "mutex": "the buses of older firmware",
    "crc": "a CRC unit",
    "cpufreq": "another clock",
    "tv": "a television output",
    "buzzer": "a buzzer",
    "vl53l1x": "a distance sensor",
    "stm": "the registers of a microcontroller",
    "rp2": "the registers of a microcontroller",
}



class Directory:
    """A directory with a file for each of them, which raises ImportError."""

    _TEXT = "raise ImportError(\"no module named '%s': the simulated camera does not have %s\")\n"

    def _name(self, path):
        name = path.lstrip("/")
        if not name.endswith(".py") or name[:-3] not in MODULES:
            raise OSError(2)
        return name[:-3]

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        pass

    def chdir(self, path):
        pass

    def stat(self, path):
        self._name(path)
        return (0x8000, 0, 0, 0, 0, 0, 0, 0, 0, 0)

    def open(self, path, mode):
        name = self._name(path)
        return io.BytesIO((self._TEXT % (name, MODULES[name])).encode())


def install():
    uos.mount(Directory(), "/missing-modules")
    sys.path.append("/missing-modules")


def unavailable(what):
    return AttributeError("%s: the simulated camera does not have it" % what)
