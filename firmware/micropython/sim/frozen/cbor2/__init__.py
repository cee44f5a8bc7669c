# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# CBOR, as far as the package of this name in cameras has it.

from .decoder import CBORDecodeError, CBORDecoder, load, loads
from .encoder import CBOREncodeError, CBOREncoder, dump, dumps
