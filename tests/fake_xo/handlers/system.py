"""XO itself: ping, the contract, the kill switch, the dashboard, events."""

from starlette.responses import Response, StreamingResponse

from fake_xo.call import CREATED, Call, no_content, route
from fake_xo.dashboards import xo_dashboard
from fake_xo.errors import ApiError, no_such
from fake_xo.responses import etag, json_response


@route("GET /ping")
async def ping(call: Call) -> Response:
    """Here."""
    return json_response({"result": "pong", "timestamp": call.xo.clock.ms()})


@route("GET /gui-routes")
async def gui_routes(call: Call) -> Response:
    """Where the web interfaces are."""
    del call
    return json_response({"xo5": "/v5", "xo6": "/"})


@route("GET /mcp/status")
async def mcp_status(call: Call) -> Response:
    """Enabled; switched off, the request does not come this far."""
    del call
    return json_response({"enabled": True})


@route("GET /docs/swagger.json")
async def swagger(call: Call) -> Response:
    """The contract, for everyone."""
    body = (call.xo.options.swagger or call.xo.options.spec).read_bytes()
    return Response(body, headers={"Content-Type": "application/json; charset=utf-8", "ETag": etag(body)})


@route("GET /dashboard")
async def dashboard(call: Call) -> Response:
    """Totals of everything, for administrators."""
    if call.user["permission"] != "admin":
        raise ApiError(403, "not enough permissions", {"permission": "admin"})
    return json_response(xo_dashboard(call.store))


@route("GET /events")
async def open_events(call: Call) -> Response:
    """A stream of server-sent events."""
    stream = call.xo.events.open(call.user)
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
    return StreamingResponse(call.xo.events.read(stream), headers=headers)


@route("POST /events/{id}/subscriptions")
async def subscribe(call: Call) -> Response:
    """Ask the stream for a collection; the subscription is named after it."""
    stream = call.xo.events.stream(call.id)
    fields, collection = call.body.get("fields", "*"), call.body["collection"]
    stream.subscriptions[collection] = None if fields == "*" else fields
    return json_response({"id": collection}, CREATED)


@route("DELETE /events/{id}/subscriptions/{subscriptionId}")
async def unsubscribe(call: Call) -> Response:
    """Ask no longer."""
    subscriptions = call.xo.events.stream(call.id).subscriptions
    if call.params["subscriptionId"] not in subscriptions:
        raise no_such("subscription", call.params["subscriptionId"])
    del subscriptions[call.params["subscriptionId"]]
    return no_content()
