# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# The module "csi".

import _missing
import _sensor
from _formats import BINARY, GRAYSCALE, RGB565, BAYER, YUV422, JPEG
from _sensor import error

NORMAL, NEGATIVE = 0, 1
PALETTE_RAINBOW, PALETTE_IRONBOW, PALETTE_DEPTH, PALETTE_EVT_DARK, PALETTE_EVT_LIGHT = range(5)
GENX320_MODE_HISTO, GENX320_MODE_EVENT = 0, 1
# Arguments of ioctl() that change no picture here: their values are of no importance.
(GENX320_BIASES_DEFAULT, GENX320_BIASES_LOW_LIGHT, GENX320_BIASES_ACTIVE_MARKER,
 GENX320_BIASES_LOW_NOISE, GENX320_BIASES_HIGH_SPEED) = range(5)
(GENX320_BIAS_DIFF_OFF, GENX320_BIAS_DIFF_ON, GENX320_BIAS_FO, GENX320_BIAS_HPF,
 GENX320_BIAS_REFR) = range(5)

for _i, (_name, _, _) in enumerate(_sensor.SIZES):
    if _i > 1 and _name[0] != "_":
        globals()[_name] = _i
globals().update(_sensor.CHIPS)
for _name in _sensor.IOCTLS:
    globals()["IOCTL_" + _name] = _sensor.IOCTLS[_name]


def devices():
    return list(_sensor.DETECTED)


def _int(value):
    """As C has it."""
    if type(value) not in (int, bool):
        raise TypeError("can't convert %s to int" % type(value).__name__)
    return int(value)


def __getattr__(name):
    raise _missing.unavailable("csi." + name)


class CSI:
    def __init__(self, *, cid=-1, delays=True, fflush=True, stream=None):
        main = cid in (-1, _sensor.MAIN)
        self._s = _sensor.get(cid, main if stream is None else main or stream)

    def __repr__(self):
        s = self._s
        return "CSI {\n  Chip ID: 0x%x\n  Pixformat: 0x%x\n  Framesize: %dx%d\n}" % (
            s.cid, s.fmt, s.w, s.h)

    def reset(self, *, hard=True):
        if hard:
            _sensor.reset_all()
        else:
            self._s.reset()

    def pixformat(self, fmt=None):
        if fmt is None:
            return self._s.get_format()
        self._s.set_format(fmt)

    def framesize(self, size=None):
        if size is None:
            return self._s.get_size()
        self._s.set_size(size)

    def width(self):
        return self._s.w

    def height(self):
        return self._s.h

    def window(self, roi=None):
        if roi is None:
            return self._s.window()
        self._s.set_window(roi)

    def framerate(self, hz=None):
        if hz is None:
            if not self._s.fps:
                raise error(15)
            return self._s.fps
        if hz < 0:
            raise error(16)
        self._s.fps = int(hz)

    def snapshot(self, *, time=-1, frames=-1, blocking=True, image=None):
        return self._s.snapshot(None if time == -1 else time, None if frames == -1 else frames,
                                blocking, image)

    def framebuffers(self, n=None):
        if n is None:
            self._s.get_format()
            self._s.get_size()
            return self._s.buffers
        self._s.set_buffers(n)

    def readable(self):
        return self._s.readable()

    def flush(self):
        self._s.publish()

    def shutdown(self, enable):
        pass

    def sleep(self, enable):
        pass

    def _level(self, level, limit):
        """Return (taken, level). A LEPTON takes any and ignores it, a GENX320 has 0 to 255."""
        level = _int(level)
        if self._s.cid != _sensor.MAIN:
            return True, 0
        return -limit <= level <= limit, level

    def brightness(self, level):
        taken, level = self._level(level, 4)
        if taken:
            self._s.bright = level
        return taken

    def contrast(self, level):
        return self._level(level, 3)[0]

    saturation = contrast

    def gainceiling(self, gain):
        if gain not in (2, 4, 8, 16, 32, 64, 128):
            raise error(16)
        return self._is_main()

    def quality(self, quality):
        if not 0 <= _int(quality) <= 100:
            raise OSError("Operation not supported")
        self._s.jpeg_quality = max(1, quality)
        return self._is_main()

    def colorbar(self, enable):
        return self._is_main()

    def special_effect(self, effect):
        if self._is_main():
            self._s.effect = effect
        return self._is_main() and effect in (NORMAL, NEGATIVE)

    def lens_correction(self, enable, radi, coef):
        return self._is_main()

    def _is_main(self):
        return self._s.cid == _sensor.MAIN

    def _automatic(self, what):
        """Has this sensor the control? The others have none of its kind."""
        if not self._is_main():
            _sensor.warn(what)
        return self._is_main()

    def _value(self, value):
        if not self._is_main():
            raise error(2)
        return value

    def auto_gain(self, enable, *, gain_db=None, gain_db_ceiling=None):
        if self._automatic("Auto Gain") and not enable and gain_db is not None:
            self._s.gain = float(gain_db)

    def auto_exposure(self, enable, *, exposure_us=-1):
        if self._automatic("Auto Exposure") and not enable and exposure_us >= 0:
            self._s.exposure = int(exposure_us)

    def auto_whitebal(self, enable, *, rgb_gain_db=None):
        if self._automatic("Auto White Balance") and not enable and rgb_gain_db is not None:
            self._s.rgb = tuple([float(v) for v in rgb_gain_db])

    def auto_blc(self, enable, regs=None):
        _sensor.warn("Auto BLC")

    def gain_db(self):
        return self._value(self._s.gain)

    def exposure_us(self):
        return self._value(self._s.exposure)

    def rgb_gain_db(self):
        return self._value(self._s.rgb)

    def blc_regs(self):
        raise error(2)

    def hmirror(self, enable=None):
        if enable is None:
            return self._s.mirror
        self._s.mirror = bool(enable)

    def vflip(self, enable=None):
        if enable is None:
            return self._s.flip
        self._s.flip = bool(enable)

    def transpose(self, enable=None):
        if enable:
            raise error(2)
        return False if enable is None else None

    def auto_rotation(self, enable=None):
        if enable is None:
            return self._s.rotates
        self._s.rotates = bool(enable)

    def color_palette(self, palette=None):
        if palette is None:
            return self._s.palette
        if palette not in range(5):
            raise error(16)
        self._s.palette = palette

    def cid(self):
        return self._s.cid

    def ioctl(self, request, *args):
        if len(args) > 3:
            raise TypeError("function expected at most 5 arguments, got %d" % (len(args) + 2))
        return self._s.ioctl(request, args)

    def __write_reg(self, address, value):
        pass

    def __read_reg(self, address):
        return 0

    # Called when a picture has been taken.

    def vsync_callback(self, f=None):
        self._s.vsync = f if callable(f) else None

    def frame_callback(self, f=None):
        self._s.callback = f if callable(f) else None
