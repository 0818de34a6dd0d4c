"""sse-starlette, under uvicorn."""

import json
import sys

import uvicorn
from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

texts, a_response = json.load(open(sys.argv[2])), 4


async def feed(request: Request):
    first = int(request.headers.get("last-event-id", 0))
    if first == len(texts):
        return Response(status_code=204)

    async def events():
        for number, (_, text) in list(enumerate(texts, 1))[first : first + a_response]:
            yield {"data": text, "event": "named", "id": str(number), "retry": 10}

    return EventSourceResponse(events())


uvicorn.run(Starlette(routes=[Route("/", feed)]), port=int(sys.argv[1]), log_level="warning")
