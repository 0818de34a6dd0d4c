"""aiohttp-sse-client2. It reconnects after an error; after an end this loop does, with the last id."""

import asyncio
import json
import sys

from aiohttp_sse_client2 import client


async def main():
    last_id = ""
    while True:
        headers = {"last-event-id": last_id} if last_id else {}
        async with client.EventSource(sys.argv[1], headers=headers) as source:
            async for event in source:
                last_id = event.last_event_id
                line = {"event": event.type, "data": event.data, "id": event.last_event_id}
                print(json.dumps(line), flush=True)
                if event.type == "end":
                    return
        await asyncio.sleep(0.2)


asyncio.run(main())
