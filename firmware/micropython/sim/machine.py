# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# The module "machine": pins and lamps that only remember; no buses.

import _board
import _missing
import _omv
import utime

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
_ENODEV = const(19)


class Pin:
    IN, OUT, OPEN_DRAIN, ALT, ANALOG = 0, 1, 2, 3, 4
    PULL_NONE, PULL_UP, PULL_DOWN = 0, 1, 2
    OUT_PP, OUT_OD = 1, 2
    IRQ_RISING, IRQ_FALLING = 1, 2

    def __init__(self, name, mode=-1, pull=-1, *, value=0, **_):
        self._name = name
        self._value = value or 0

    def __repr__(self):
        return "Pin(%s)" % self._name

    def init(self, *_, value=None, **__):
        if value is not None:
            self._value = value

    def value(self, value=None):
        if value is None:
            return self._value
        self._value = 1 if value else 0

    __call__ = value

    def on(self):
        self._value = 1

    high = on

    def off(self):
        self._value = 0

    low = off

    def toggle(self):
        self._value = 1 - self._value

    def irq(self, *_, **__):
        pass


class LED(Pin):
    def __init__(self, name, **_):
        if name not in ("LED_RED", "LED_GREEN", "LED_BLUE", "LED_IR", 1, 2, 3, 4):
            raise ValueError("no LED named %s" % name)
        super().__init__(name)

    def __repr__(self):
        return "LED(%s)" % self._name


class RTC:
    def __init__(self, *_, **__):
        pass

    def datetime(self, when=None):
        if when is None:
            y, mo, d, h, mi, s, wd = utime.localtime()[:7]
            return (y, mo, d, wd + 1, h, mi, s, 0)


class WDT:
    def __init__(self, *_, **__):
        pass

    def feed(self):
        pass


def _bus(name):
    class Bus:
        def __init__(self, *_, **__):
            print("machine.%s: the simulated camera has no such hardware" % name)
            raise OSError(_ENODEV)

    for method in ("MASTER", "SLAVE", "CONTROLLER"):
        setattr(Bus, method, 0)
    return Bus


for _name in ("I2C", "SoftI2C", "SPI", "SoftSPI", "UART", "CAN", "ADC", "DAC", "PWM", "Timer", "SDCard"):
    globals()[_name] = _bus(_name)


def unique_id():
    return bytes([int(_board.SERIAL[i:i + 2], 16) for i in range(0, len(_board.SERIAL) & ~1, 2)])


def freq(*_):
    return 600000000


def reset():
    _omv.tell(_omv.RESET)
    while True:
        _omv.wait(-1)


def soft_reset():
    raise SystemExit


def reset_cause():
    return PWRON_RESET


def bootloader(*_):
    raise OSError("machine.bootloader(): the simulated camera does not have it")


def deepsleep(*_):
    reset()


def lightsleep(ms=0):
    _omv.sleep_us(ms * 1000)


sleep = idle = lightsleep


def disable_irq():
    return True


def enable_irq(state=True):
    pass


def __getattr__(name):
    raise _missing.unavailable("machine." + name)
