# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# The module "omv": what camera this is.

import _board
import _missing
import uprotocol


def version_major():
    return 5


def version_minor():
    return 0


def version_patch():
    return 0


def version_string():
    return "5.0.0"


def arch():
    return "OMV simulated by omvcam"


def board_type():
    return _board.TYPE


def board_id():
    return (_board.SERIAL + "0" * 24)[:24]


def debug_mode():
    return uprotocol.is_active()


def __getattr__(name):
    raise _missing.unavailable("omv." + name)
