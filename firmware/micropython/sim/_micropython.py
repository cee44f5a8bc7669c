# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# The module "micropython" with what cameras have beside.

from micropython import *


def alloc_emergency_exception_buf(size):
    pass
