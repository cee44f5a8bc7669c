# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# The module "pyb" of older firmware.

import _missing
import machine
import time
import urandom
from machine import Pin, RTC, unique_id

_LEDS = ("LED_RED", "LED_GREEN", "LED_BLUE", "LED_IR")


class LED(machine.LED):
    def __init__(self, number):
        super().__init__(_LEDS[number - 1])

    def intensity(self, value=None):
        if value is None:
            return 255 * self.value()
        self.value(value)


delay = time.sleep_ms
udelay = time.sleep_us
millis = time.ticks_ms
micros = time.ticks_us
hard_reset = machine.reset


def elapsed_millis(start):
    return time.ticks_diff(time.ticks_ms(), start)


def elapsed_micros(start):
    return time.ticks_diff(time.ticks_us(), start)


def rng():
    return urandom.getrandbits(30)


def __getattr__(name):
    if name in ("UART", "I2C", "SPI", "CAN", "ADC", "DAC", "Timer"):
        return getattr(machine, name)
    raise _missing.unavailable("pyb." + name)
