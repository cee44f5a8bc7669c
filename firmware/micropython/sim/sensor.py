# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# The module "sensor": the older form of csi, with the state of the main sensor.

import _missing
import _omv
import _sensor
import csi
from _formats import BINARY, GRAYSCALE, RGB565, BAYER, YUV422, JPEG
from csi import NORMAL, NEGATIVE, PALETTE_RAINBOW, PALETTE_IRONBOW
from _sensor import error

for _i, (_name, _, _) in enumerate(_sensor.SIZES):
    if _i > 1:
        globals()[_name.lstrip("_")] = _i
globals().update(_sensor.CHIPS)
for _name in _sensor.IOCTLS:
    globals()["IOCTL_" + _name] = _sensor.IOCTLS[_name]

_csi = csi.CSI()


def _getter_and_setter(name):
    method = getattr(_csi, name)
    globals()["get_" + name] = lambda: method()
    globals()["set_" + name] = lambda value: method(value)


for _name in ("pixformat", "framerate", "hmirror", "vflip", "transpose", "auto_rotation",
              "framebuffers", "color_palette"):
    _getter_and_setter(_name)
for _name in ("brightness", "contrast", "saturation", "gainceiling", "quality", "colorbar",
              "special_effect"):
    globals()["set_" + _name] = getattr(_csi, _name)

width = _csi.width
height = _csi.height
flush = _csi.flush
ioctl = _csi.ioctl
get_id = _csi.cid
get_gain_db = _csi.gain_db
get_exposure_us = _csi.exposure_us
get_rgb_gain_db = _csi.rgb_gain_db
get_framesize = _csi.framesize
get_windowing = _csi.window
get_blc_regs = _csi.blc_regs
set_lens_correction = _csi.lens_correction


def reset():
    _csi.reset()
    # Makes the main sensor the one of the preview.
    _sensor.get(-1, True)


def snapshot(**_):
    _sensor.get(-1, True)
    return _csi.snapshot()


def skip_frames(*n, time=None, **_):
    """So many pictures, or so many ms; skip_frames(n=10) is 300 ms, as the name is not known."""
    start = _omv.utime.ticks_ms()
    limit = 300 if time is None and not n else time
    taken = 0
    while (not n or taken < n[0]) and (
            limit is None or _omv.utime.ticks_ms() - start < limit):
        _csi.snapshot()
        taken += 1


def set_framesize(size):
    if type(size) is not int:
        raise TypeError("can't convert %s to int" % type(size).__name__)
    _csi.framesize(size)


def set_windowing(*roi):
    _csi.window(roi[0] if len(roi) == 1 else roi)


def _flag(enable):
    if type(enable) not in (int, bool):
        raise TypeError("can't convert %s to int" % type(enable).__name__)
    return bool(enable)


def set_auto_gain(enable, *, gain_db=None, gain_db_ceiling=None):
    _csi.auto_gain(_flag(enable), gain_db=gain_db)


def set_auto_exposure(enable, *, exposure_us=-1):
    _csi.auto_exposure(_flag(enable), exposure_us=exposure_us)


def set_auto_whitebal(enable, *, rgb_gain_db=None):
    _csi.auto_whitebal(_flag(enable), rgb_gain_db=rgb_gain_db)


def set_auto_blc(enable, regs=None):
    _csi.auto_blc(_flag(enable), regs)


def sleep(enable):
    pass


def shutdown(enable):
    pass


def disable_delays(disable=None):
    return False if disable is None else None


def disable_full_flush(disable=None):
    return False if disable is None else None


def get_fb():
    return _csi._s.last


def get_frame_available():
    return _csi.readable()


def set_vsync_callback(f):
    _csi.vsync_callback(f)


def set_frame_callback(f):
    _csi.frame_callback(f)


def alloc_extra_fb(*_):
    raise OSError("alloc_extra_fb is deprecated")


def dealloc_extra_fb():
    raise OSError("dealloc_extra_fb is deprecated")


def __write_reg(address, value):
    pass


def __read_reg(address):
    return 0


def __getattr__(name):
    raise _missing.unavailable("sensor." + name)
