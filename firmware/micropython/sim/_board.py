# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# Which board this is: omvcam --board.

import uos as os

NAME = os.getenv("OMV_BOARD") or "OPENMV_RT1060"

# Of the board's name: what omv.board_type() says.
_TYPES = {
    "OPENMV2": "M4", "OPENMV3": "M7", "OPENMV4": "H7", "OPENMV4P": "H7", "OPENMVPT": "H7",
    "OPENMV_RT1060": "IMXRT1060", "OPENMV_N6": "N6", "OPENMV_AE3": "AE3",
    "ARDUINO_NICLA_VISION": "NICLAV",
}
TYPE = _TYPES.get(NAME, NAME)
SERIAL = os.getenv("OMV_SERIAL") or "303431471041383233305109"

# Boards that have class CBORChannel.
HAS_CBOR = NAME in ("OPENMV_RT1060", "OPENMV_N6", "OPENMV_AE3")
