# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# The module "os" with what cameras have beside.

from uos import *
import _board


class _Uname(tuple):
    def __getattr__(self, name):
        names = ("sysname", "nodename", "release", "version", "machine")
        if name in names:
            return self[names.index(name)]
        raise AttributeError(name)


def uname():
    return _Uname((_board.TYPE, _board.TYPE, "1.25.0", "v1.25.0", _board.NAME))


def sync():
    pass
