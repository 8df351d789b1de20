"""A web site with XO's document, to import it from."""

import http.server
import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

DOCUMENT_PATH = "/rest/v0/docs/swagger.json"
DOCUMENT = {
    "openapi": "3.0.0",
    "info": {"title": "@xen-orchestra/rest-api", "version": "0.37.0"},
    "servers": [{"url": "/rest/v0"}],
    "paths": {"/ping": {"get": {"description": "Answers.", "responses": {"200": {"description": "Pong"}}}}},
    "components": {"schemas": {}, "securitySchemes": {}},
}
RAW = json.dumps(DOCUMENT, indent="\t").encode()


@dataclass
class Site:
    """A web server on loopback: path -> status, headers, body."""

    address: str
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


def serve(context: ssl.SSLContext | None = None) -> Iterator[Site]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            status, headers, body = site.answers.get(self.path, (404, {"Content-Type": "text/html"}, b"<h1>none</h1>"))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    site = Site(f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}")
    site.answers[DOCUMENT_PATH] = (200, {"Content-Type": "application/json"}, RAW)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
