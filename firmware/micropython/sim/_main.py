# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# What a camera does around its scripts: it runs one after the other, and prints how they end.
# The camera (firmware/camera/python.c) starts this in a process of its own; a soft reboot is
# another process.

import builtins
import gc
import io
import sys

import _omv
import _missing
import machine
import os
import time
import uos
import uprotocol

here = sys.path[0]


def input_(prompt=""):
    """Nobody types: until STOP."""
    sys.stdout.write(prompt)
    while True:
        _omv.wait(-1)


def frames(text):
    """A traceback without the frames of the simulation."""
    lines = []
    for line in text.split("\n"):
        if not line.startswith('  File "' + here):
            lines.append(line)
    return lines


def complain(e):
    out = io.StringIO()
    sys.print_exception(e, out)
    lines = frames(out.getvalue().rstrip("\n"))
    if _omv.fault and isinstance(e, KeyboardInterrupt):
        lines[-1] = "%s: %s" % (type(_omv.fault).__name__, _omv.fault)
    sys.stdout.write("\n".join(lines) + "\n")


def run(name, text, names):
    crashed = True
    _omv.begin()
    try:
        exec(compile(text, name, "exec"), names)
        crashed = False
    except SystemExit:
        crashed = False
    except BaseException as e:
        _omv.running = False
        complain(e)
    _omv.running = False
    gc.collect()
    return crashed


def script(names):
    name, text = _omv.next_script()
    try:
        crashed = run(name, str(text, "utf-8"), names)
    except KeyboardInterrupt:
        _omv.running = False  # just when it had ended
        crashed = True
    _omv.idle(crashed)


def search(flash):
    """Where modules are searched for: a script may bring its own of those that are frozen."""
    sys.path.insert(1, here + "/frozen")
    if flash:
        sys.path.insert(1, flash)


search(uos.getenv("OMV_FLASH"))
for module in (time, machine, os):
    sys.modules["u" + module.__name__] = module
sys.modules["micropython"] = __import__("_micropython")
_missing.install()
builtins.input = input_
_omv.start()
# The script that comes after main.py has its names.
names = {"__name__": "__main__"}
while True:
    script(names)
