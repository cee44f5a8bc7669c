# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# CBORChannel: a backend whose document is a list of widgets (protocol.md 12.9). No document has
# the names of its methods: therefore several spellings are accepted.

import cbor2
from cbor2.encoder import Map

# Keys of a widget's map.
NAME, UNIT, VALUE, FORMAT, RATE, SCALE, DATA = 0, 1, 2, 3, 6, 7, 8
TYPE, MIN, MAX, STEP, OPTIONS = -30, -31, -32, -33, -34
WIDTH, HEIGHT, DATA_MIN, DATA_MAX = -20, -21, -23, -24

_RANGE = (("min", MIN, 0), ("max", MAX, 100), ("step", STEP, 1))
_VALUE = {"label": "", "toggle": False, "slider": 0, "select": "", "text": "", "lineedit": "",
          "pushbutton": False, "spinbox": 0, "radio": ""}
_DATA = (("width", WIDTH, 0), ("height", HEIGHT, 0), ("min", DATA_MIN, 0), ("max", DATA_MAX, 1000))

# By type: (keyword, key, default), in the order of the document. Without a default a field is
# left out.
_ABSENT = None
FIELDS = {
    "label": (("unit", UNIT, _ABSENT),),
    "toggle": (),
    "slider": (("unit", UNIT, _ABSENT),) + _RANGE,
    "select": (("options", OPTIONS, ()),),
    "depth": _DATA,
    "text": (),
    "lineedit": (),
    "pushbutton": (),
    "spinbox": (("unit", UNIT, _ABSENT),) + _RANGE,
    "radio": (("options", OPTIONS, ()),),
    "waveform": (("format", FORMAT, "H"),) + _DATA + (
        ("rate", RATE, _ABSENT), ("scale", SCALE, _ABSENT), ("names", OPTIONS, _ABSENT)),
}
_HAS_DATA = ("depth", "waveform")


class Field:
    """One widget."""

    def __init__(self, name, kind, value, given):
        self.name = name
        self.kind = kind
        self.value = value
        if value is None:
            self.value = b"" if kind in _HAS_DATA else _VALUE[kind]
        self.fields = []
        for keyword, key, default in FIELDS[kind]:
            found = given.pop(keyword, default)
            if found is not _ABSENT:
                self.fields.append([keyword, key, found])
        if given:
            raise TypeError("a %s has no %s" % (kind, list(given)[0]))

    def set(self, value):
        """A tuple is the value of a slider and its range."""
        if type(value) is tuple and self.kind in ("slider", "spinbox") and value:
            for field, new in zip([f for f in self.fields if f[0] in ("min", "max", "step")],
                                  value[1:]):
                field[2] = new
            value = value[0]
        self.value = value

    def document(self):
        pairs = [(NAME, self.name), (TYPE, self.kind)]
        if self.kind not in _HAS_DATA:
            pairs.append((VALUE, self.value))
        for keyword, key, value in self.fields:
            pairs.append((key, list(value) if type(value) is tuple else value))
        if self.kind in _HAS_DATA:
            pairs.append((DATA, self.value))
        return Map(pairs)


def _call(f, channel, *args):
    """Call a callback of the script, which may want the channel before the other arguments."""
    try:
        return f(*args)
    except TypeError as e:
        n = len(args)  # a method's self is counted, too
        if not str(e).endswith(("but %d were given" % n, "but %d were given" % (n + 1))):
            raise
    return f(channel, *args)


class CBORChannel:
    _by_name = {}

    def __init__(self, *given, name=None, on_read=None, on_write=None):
        # A name, which is for register() only, and callbacks.
        callbacks = [v for v in given if type(v) is not str] + [None, None]
        self.on_read = on_read or callbacks[0]
        self.on_write = on_write or callbacks[1]
        self._list = []
        self._by_name = {}
        self._dirty = True
        self._doc = b""

    def add(self, name=None, type=None, value=None, **given):
        """One more widget, after the others; name and type in any order."""
        if type not in FIELDS and name in FIELDS:
            name, type = type, name
        if type not in FIELDS:
            raise ValueError("unknown widget type %s" % type)
        field = Field(name, type, given.pop("data", value), given)
        self._list.append(field)
        self._by_name[name] = field
        self._dirty = True

    def set(self, name, value):
        self._by_name[name].set(value)
        self._dirty = True

    __setitem__ = set

    def get(self, name, default=None):
        return self._by_name[name].value if name in self._by_name else default

    def __getitem__(self, name):
        return self._by_name[name].value

    def __setattr__(self, name, value):
        if name in self._by_name:
            self.set(name, value)
        else:
            object.__setattr__(self, name, value)

    def __getattr__(self, name):
        if name in self._by_name:
            return self._by_name[name].value
        # add_slider(...) is add(name, "slider", ...)
        if name[:4] == "add_" and name[4:] in FIELDS:
            return lambda label, *args, **given: self.add(label, name[4:], *args, **given)
        raise AttributeError("'CBORChannel' object has no attribute '%s'" % name)

    def __contains__(self, name):
        return name in self._by_name

    # The protocol calls these.

    def poll(self):
        return bool(self.on_read) or self._dirty

    def size(self):
        if self.on_read:
            _call(self.on_read, self)
        if self._dirty:
            self._doc = cbor2.dumps([f.document() for f in self._list])
            self._dirty = False
        return len(self._doc)

    def read(self, offset, size):
        return self._doc[offset:offset + size]

    def write(self, offset, data):
        for item in cbor2.loads(data):
            field = self._by_name.get(item.get(NAME))
            value = item.get(VALUE)
            if field is None or value is None:
                continue
            # Not shown before the script assigns it.
            field.value = value
            if self.on_write:
                _call(self.on_write, self, field.name, value)
        return len(data)
