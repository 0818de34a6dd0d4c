"""httpx-sse. It does not reconnect: this loop does, with the id and the time that it gives."""

import json
import sys
import time

import httpx
from httpx_sse import connect_sse

last_id, retry = "", 1.0
with httpx.Client(timeout=None) as client:
    while True:
        headers = {"last-event-id": last_id} if last_id else {}
        with connect_sse(client, "GET", sys.argv[1], headers=headers) as source:
            for event in source.iter_sse():
                last_id = event.id
                retry = event.retry / 1000 if event.retry is not None else retry
                print(json.dumps({"event": event.event, "data": event.data, "id": event.id}), flush=True)
                if event.event == "end":
                    sys.exit(0)
        time.sleep(retry)
