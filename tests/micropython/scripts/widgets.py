# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# Widgets of a CBORChannel, and nothing else.
import protocol
import time
from protocol import CBORChannel


def read():
    ui["temp"] = 25.5


def write(name, value):
    print("widget", name, value)
    ui[name] = value


ui = CBORChannel(on_read=read, on_write=write)
ui.add("temp", "label", unit="Cel")
ui.add("lamp", "toggle", value=False)
ui.add("level", "slider", value=3, min=0, max=10, step=1)
ui.add("mode", "select", options=["slow", "fast"], value="slow")
channel = protocol.register(name="ui", backend=ui)

while True:
    time.sleep(1)
    try:
        channel.send_event(0xFFFF)
    except RuntimeError:
        pass
