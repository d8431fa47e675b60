"""Sends a number every 20 ms over one TCP connection to a server that echoes, until SIGTERM, and tells how it went as JSON.

usage: echo-stream.py HOST PORT
"""

import json
import select
import signal
import socket
import struct
import sys
import time

INTERVAL = 0.02

connection = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5)
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
connection.setblocking(False)
ended = False


def end(number, frame):
    global ended
    ended = True


signal.signal(signal.SIGTERM, end)
print("connected", flush=True)
sent, echoed, longest, broken, rest = 0, 0, 0.0, None, b""
due = last = time.monotonic()
while not ended and broken is None:
    now = time.monotonic()
    try:
        if now >= due:
            connection.send(struct.pack("!Q", sent))
            sent, due = sent + 1, now + INTERVAL
        if select.select([connection], [], [], max(0, due - time.monotonic()))[0]:
            piece = connection.recv(65536)
            if not piece:
                broken = "closed by the server"
            rest += piece
            while len(rest) >= 8:
                if struct.unpack("!Q", rest[:8])[0] != echoed:
                    broken = "echo %d is not what was sent" % echoed
                rest, echoed = rest[8:], echoed + 1
                now = time.monotonic()
                longest, last = max(longest, now - last), now
    except BlockingIOError:
        due = now + INTERVAL
    except OSError as error:
        broken = str(error)
# What was never answered counts up to the end.
longest = max(longest, time.monotonic() - last)
print(json.dumps({"sent": sent, "echoed": echoed, "longestGapMilliseconds": longest * 1000, "broken": broken}), flush=True)
