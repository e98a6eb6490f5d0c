"""A real server in a thread, and a client that may ask it in any way: for the tests of the page."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from contextlib import contextmanager

from whygrad.web import server

TOKEN = "a-token-of-the-tests"


class Client:
    """Asks a server as its own page does; every header can be another one."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, method, path, body=None, token=TOKEN, **headers):
        """Status, headers in lower case, body."""
        given = {"Host": f"127.0.0.1:{self.port}"}
        if method == "POST":
            given |= {"Origin": f"http://127.0.0.1:{self.port}", "Content-Type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.putrequest(method, f"/{token}/{path}", skip_host=True)
        if body is not None:
            given["Content-Length"] = str(len(body))
        for name, value in given.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        found = answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        connection.close()
        return found

    def post(self, path, question, **headers):
        status, _, body = self.ask("POST", path, json.dumps(question).encode(), **headers)
        return status, json.loads(body or b"null")

    def raw(self, text: bytes) -> bytes:
        """The answer to bytes that no client would send."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            line.sendall(text)
            line.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: line.recv(65536), b""))


@contextmanager
def running(opened, lang=None):
    """A server in a thread, and a client of it."""
    listening = server.bound(0)
    port = listening.getsockname()[1]
    app = server.running(server.application(opened, port, TOKEN, lang))
    thread = threading.Thread(target=app.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield Client(port)
    finally:
        app.should_exit = True
        thread.join(10)
        listening.close()
