# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# The module "protocol". On a camera it is frozen Python around "uprotocol", too, so that a script
# may bring a package of this name.

from uprotocol import *
from _board import HAS_CBOR as _HAS_CBOR

if _HAS_CBOR:
    from _cbor_channel import CBORChannel
