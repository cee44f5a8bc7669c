# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# The package "ulab": arrays to keep numbers in, not to calculate with.

from . import numpy
