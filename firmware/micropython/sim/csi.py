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

for _i, (_name, _, _) in enumerate(_sensor.SIZES):
    if _i > 1 and _name[0] != "_":
        globals()[_name] = _i
globals().update(_sensor.CHIPS)
for _name in _sensor.IOCTLS:
    globals()["IOCTL_" + _name] = _sensor.IOCTLS[_name]


def devices():
    return [_sensor.MAIN]


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
        return True

    def flush(self):
        self._s.publish()

    def shutdown(self, enable):
        pass

    def sleep(self, enable):
        pass

    def brightness(self, level):
        if not -4 <= level <= 4:
            return False
        self._s.bright = level
        return True

    def contrast(self, level):
        return -3 <= level <= 3

    saturation = contrast

    def gainceiling(self, gain):
        if gain not in (2, 4, 8, 16, 32, 64, 128):
            raise error(16)
        return True

    def quality(self, quality):
        if not 0 <= quality <= 100:
            raise OSError("Operation not supported")
        self._s.jpeg_quality = max(1, quality)
        return True

    def colorbar(self, enable):
        return True

    def special_effect(self, effect):
        self._s.effect = effect
        return effect in (NORMAL, NEGATIVE)

    def lens_correction(self, enable, radi, coef):
        return True

    def auto_gain(self, enable, *, gain_db=None, gain_db_ceiling=None):
        if not enable and gain_db is not None:
            self._s.gain = float(gain_db)

    def auto_exposure(self, enable, *, exposure_us=-1):
        if not enable and exposure_us >= 0:
            self._s.exposure = int(exposure_us)

    def auto_whitebal(self, enable, *, rgb_gain_db=None):
        if not enable and rgb_gain_db is not None:
            self._s.rgb = tuple([float(v) for v in rgb_gain_db])

    def auto_blc(self, enable, regs=None):
        _sensor.warn("Auto BLC")

    def gain_db(self):
        return self._s.gain

    def exposure_us(self):
        return self._s.exposure

    def rgb_gain_db(self):
        return self._s.rgb

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

    def vsync_callback(self, f=None):
        pass

    def frame_callback(self, f=None):
        self._s.callback = f if callable(f) else None
