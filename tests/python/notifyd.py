"""A desktop that shows notifications, for the tests: notifyd.py (org.freedesktop.Notifications on the session's bus).

Writes a line of JSON for what it shows ({"id", "title", "body", "stays"}) and for what is taken back ({"closed": id}). A line
with an id on its standard input is a person who clicks on that one, which stays until it is taken back. Ends with its standard input.
"""

import asyncio
import json
import sys

from dbus_fast import BusType
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface, method, signal

NAME, PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
# An expiry time, and a reason for being closed.
NEVER, TAKEN_BACK = 0, 3


def say(**line):
    print(json.dumps(line), flush=True)


class Desktop(ServiceInterface):
    def __init__(self):
        super().__init__(NAME)
        self.last = 0

    @method()
    def GetCapabilities(self) -> "as":
        return ["actions", "body", "persistence"]

    @method()
    def GetServerInformation(self) -> "ssss":
        return ["mozchat's tests", "mozchat", "1", "1.2"]

    @method()
    def Notify(
        self, app: "s", replaces: "u", icon: "s", title: "s", body: "s", actions: "as", hints: "a{sv}", expires: "i"
    ) -> "u":
        shown = replaces or self.last + 1
        self.last = max(self.last, shown)
        say(id=shown, title=title, body=body, stays=expires == NEVER)
        return shown

    @method()
    def CloseNotification(self, shown: "u"):
        self.NotificationClosed(shown, TAKEN_BACK)
        say(closed=shown)

    @signal()
    def NotificationClosed(self, shown, reason) -> "uu":
        return [shown, reason]

    @signal()
    def ActionInvoked(self, shown, action) -> "us":
        return [shown, action]


async def main():
    bus = await MessageBus(bus_type=BusType.SESSION).connect()
    desktop = Desktop()
    bus.export(PATH, desktop)
    await bus.request_name(NAME)
    say(ready=True)
    while line := await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline):
        desktop.ActionInvoked(int(line), "default")


asyncio.run(main())
