# SPDX-License-Identifier: GPL-2.0-only
#
# Tests with the simulated camera behind a pseudo-terminal: a function with @test gets its host.

import contextlib
import os
import sys
import tempfile
import traceback

from host import Host

tests = []
omvcam = None


def test(f):
    tests.append(f)
    return f


def equal(got, want):
    assert got == want, "it is %r, not %r" % (got, want)


def has(text, *parts):
    for part in parts:
        assert part in text, "no %r in %r" % (part, text)


def output(h, text):
    """Run a script to its end: what it has printed."""
    h.run(text + "\n")
    out = h.until_reboot()
    return out[:out.index("MPY: soft reboot")].replace("\r\n", "\n")


@contextlib.contextmanager
def camera(files, *options, log=None):
    """The host of a camera with these files; main.py runs."""
    with tempfile.TemporaryDirectory() as directory:
        for name, text in files.items():
            path = os.path.join(directory, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as f:
                f.write(text)
        with Host(omvcam, os.path.join(directory, "main.py"), *options, log=log) as h:
            yield h


def run(h, t):
    what = "%s%s" % (t.__name__, ": " + t.__doc__ if t.__doc__ else "")
    try:
        t(h)
        print("ok - micropython: " + what)
    except Exception:
        print("not ok - micropython: " + what)
        for line in traceback.format_exc().rstrip().split("\n"):
            print("#", line)
        h.resynchronise()
    sys.stdout.flush()


def main(files, program, *names):
    """Run the tests of these names, or all."""
    global omvcam
    omvcam = program
    with tempfile.TemporaryFile("w+") as log, camera(files, log=log) as h:
        h.sync()
        h.main_output = h.printed(">>> ")
        for t in tests:
            if not names or t.__name__ in names:
                run(h, t)
        if os.environ.get("OMV_TEST") == "-v":
            log.seek(0)
            print(log.read())
