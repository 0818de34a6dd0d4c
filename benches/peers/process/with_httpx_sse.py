"""Decodes a file with httpx-sse, in chunks of 16 KiB; prints the number of events and of the bytes
of their data."""

import sys

import httpx
from httpx_sse import EventSource


class Chunks(httpx.SyncByteStream):
    def __iter__(self):
        with open(sys.argv[1], "rb", buffering=0) as file:
            while chunk := file.read(16 << 10):
                yield chunk


headers = {"content-type": "text/event-stream; charset=utf-8"}
response = httpx.Response(200, headers=headers, stream=Chunks())
events = size = 0
for event in EventSource(response).iter_sse():
    events += 1
    size += len(event.data.encode())
print(events, size)
