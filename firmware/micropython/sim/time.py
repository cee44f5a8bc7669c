# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# The module "time" of a camera: its sleeps let the protocol run.

import utime
from utime import gmtime, localtime, mktime, ticks_cpu, time, time_ns

import _omv

_WRAP = const((1 << 30) - 1)


def ticks_ms():
    return utime.ticks_ms() & _WRAP


def ticks_us():
    return utime.ticks_us() & _WRAP


def ticks_add(ticks, delta):
    return (ticks + delta) & _WRAP


def ticks_diff(new, old):
    return ((new - old + (1 << 29)) & _WRAP) - (1 << 29)


def sleep(seconds):
    _omv.sleep_us(int(seconds * 1000000))


def sleep_ms(ms):
    _omv.sleep_us(ms * 1000)


def sleep_us(us):
    _omv.busy_us(us)


class clock:
    """Frames a second; each call of fps() and avg() counts one."""

    def __init__(self):
        self.reset()

    def reset(self):
        self._start = self._ticks = self._frames = 0

    def tick(self):
        self._start = utime.ticks_ms()

    def _count(self):
        self._frames += 1
        self._ticks += utime.ticks_ms() - self._start

    def fps(self):
        self._count()
        return 1000 * self._frames / self._ticks if self._ticks else float("inf")

    def avg(self):
        self._count()
        return self._ticks / self._frames

    def __repr__(self):
        return "t_start:%d t_ticks:%d t_frame:%d" % (self._start, self._ticks, self._frames)
