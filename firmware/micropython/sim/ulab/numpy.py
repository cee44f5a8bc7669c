# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# The module "ulab.numpy": arrays of one or two dimensions, as scripts use them for the events of a
# camera and for bytes to be sent. There is no arithmetic.

import array as _array
import uctypes

import _missing

uint8, int8, uint16, int16, float = (ord(c) for c in "BbHhf")


class ndarray(memoryview):
    # _mem: an array on the memory; _base: the array that owns it

    def __init__(self, base, offset, shape, dtype):
        n = shape[0] * (shape[1] if len(shape) > 1 else 1)
        self.shape = shape
        self.dtype = dtype
        self.itemsize = len(bytes(_array.array(chr(dtype), [0])))
        self.size = n
        self._base = base
        self._at = offset
        self._mem = memoryview(base)[offset:offset + n]
        super().__init__(self._mem)

    def _row(self, first, shape):
        width = self.size // self.shape[0] if self.shape[0] else 0
        return ndarray(self._base, self._at + first * width, shape, self.dtype)

    def _index(self, i):
        i += self.shape[0] if i < 0 else 0
        if not 0 <= i < self.shape[0]:
            raise IndexError("index is out of bounds")
        return i

    def __getitem__(self, key):
        if type(key) is tuple:
            rows = self[key[0]]
            if len(self.shape) == 1 or len(key) != 2:
                raise IndexError("too many indices")
            if type(key[0]) is not slice:
                return rows[key[1]]
            return array([row[key[1]] for row in rows], dtype=self.dtype)
        if type(key) is slice:
            start, stop, step = key.indices(self.shape[0])
            if step != 1:
                raise _missing.unavailable("slices with a step")
            return self._row(start, (max(stop - start, 0),) + self.shape[1:])
        i = self._index(key)
        return self._mem[i] if len(self.shape) == 1 else self._row(i, self.shape[1:])

    def __setitem__(self, key, value):
        if type(key) is tuple:
            self[key[0]][key[1]] = value
        elif len(self.shape) == 1 and type(key) is not slice:
            self._mem[self._index(key)] = value
        else:
            part = self[key]
            for i in range(part.size):
                part._mem[i] = value[i] if isinstance(value, _ROWS) else value

    def __iter__(self):
        for i in range(self.shape[0]):
            yield self[i]

    def __len__(self):
        return self.shape[0]

    def reshape(self, shape):
        return ndarray(self._base, self._at, shape if type(shape) is tuple else (shape,), self.dtype)

    def flatten(self):
        return array(list(self._mem), dtype=self.dtype)

    def tolist(self):
        return list(self._mem) if len(self.shape) == 1 else [row.tolist() for row in self]

    def tobytes(self):
        """The same memory."""
        address = uctypes.addressof(self._base) + self._at * self.itemsize
        return uctypes.bytearray_at(address, self.size * self.itemsize)

    def __repr__(self):
        return "array(%s, dtype=%s)" % (self.tolist(), chr(self.dtype))

    def __getattr__(self, name):
        raise _missing.unavailable("ulab.numpy.ndarray." + name)


_ROWS = (tuple, list, ndarray)


def full(shape, value, dtype=float):
    shape = shape if type(shape) is tuple else (shape,)
    n = shape[0] * (shape[1] if len(shape) > 1 else 1)
    return ndarray(_array.array(chr(dtype), [value] * n), 0, shape, dtype)


def zeros(shape, dtype=float):
    return full(shape, 0, dtype)


empty = zeros


def ones(shape, dtype=float):
    return full(shape, 1, dtype)


def array(values, *, dtype=float):
    values = list(values)
    if not values or not isinstance(values[0], _ROWS):
        return ndarray(_array.array(chr(dtype), values), 0, (len(values),), dtype)
    return ndarray(_array.array(chr(dtype), [v for row in values for v in row]), 0,
                   (len(values), len(values[0])), dtype)


def frombuffer(buffer, *, dtype=float, count=-1, offset=0):
    items = _array.array(chr(dtype), bytes(memoryview(buffer))[offset:])
    return ndarray(items, 0, (len(items) if count < 0 else count,), dtype)


def __getattr__(name):
    raise _missing.unavailable("ulab.numpy." + name)
