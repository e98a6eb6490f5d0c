"""The page on this machine's own address: who may ask, what is answered, and nothing else.

Only this machine reaches it (127.0.0.1), only under this machine's names (no other site's may be
pointed here), only with the token of its address, and only its own page may ask for anything to be
computed. It keeps nothing between two questions.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
import sys
import traceback
import webbrowser
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from threading import Thread
from typing import TYPE_CHECKING, Any

from whygrad.errors import ConfigError, WhygradError
from whygrad.unicode import whole
from whygrad.web import api
from whygrad.web.frame import KINDS, boot, files, linked

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    Handler = Callable[[Request], Awaitable[Response]]

Scope = MutableMapping[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]

HOST = "127.0.0.1"
LARGEST = 2**20  # bytes of a question
AT_ONCE = 2  # questions that are worked on; a page waits for its own
WAITING = 32  # questions that may wait for that
PATIENCE = 10.0  # seconds until a question has come to its end
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
NOTHING = "default-src 'none'; frame-ancestors 'none'"  # of all that is not the page itself


# ---- who may ask --------------------------------------------------------------------------------


class Guard:
    """Refuses whatever does not come from the page that this server opened."""

    def __init__(self, app: Application, port: int, token: str) -> None:
        self.app = app
        self.hosts = {f"{name}:{port}" for name in (HOST, "localhost", "[::1]")}
        self.token = token.encode()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        refused = self.refusal(scope)
        if refused:
            await plain(refused)(scope, receive, send)
            return
        inside = {**scope, "path": "/" + scope["path"].split("/", 2)[2], "root_path": ""}
        try:
            await self.app(inside, receive, send)
        except asyncio.CancelledError:  # the server ends, and waits for nobody
            await plain(503)(scope, receive, send)

    def refusal(self, scope: Scope) -> int:
        """The status that a question is refused with; 0 where it is not."""
        headers = [(k.decode("latin-1").lower(), v.decode("latin-1")) for k, v in scope["headers"]]
        hosts = [value.lower() for key, value in headers if key == "host"]
        if len(hosts) != 1 or hosts[0] not in self.hosts:
            return 421  # another name leads here: a site that wants to read what is not its own
        parts = scope["path"].encode("utf-8", "surrogateescape").split(b"/", 2)
        if len(parts) < 3 or not secrets.compare_digest(parts[1], self.token):
            return 404
        given = dict(headers)
        site = given.get("sec-fetch-site", "same-origin")
        if scope["method"] == "POST":
            ours = given.get("origin") == f"http://{hosts[0]}" and site == "same-origin"
            return 0 if ours else 403
        followed = given.get("sec-fetch-mode") == "navigate"  # a link, an address that was typed
        return 0 if followed or site in ("same-origin", "none") else 403


# ---- what is answered ---------------------------------------------------------------------------


def application(opened: api.Opened, port: int, token: str, lang: str | None = None) -> Application:
    """All that the server answers, behind the guard. lang: the language that the page opens in."""
    from starlette.applications import Starlette
    from starlette.routing import Route

    page, allowed = linked(boot("server", lang, api="api/"), "whygrad")
    desk, counter = Desk(opened), Desk(opened)  # what is quick does not wait for what is long
    routes = [Route("/", fixed(page, "text/html; charset=utf-8", allowed))]
    for name, text in files().items():
        routes.append(Route(f"/page/{name}", fixed(text, KINDS[name.rpartition(".")[2]], NOTHING)))
    for name in api.QUESTIONS:
        routes.append(Route(f"/api/{name}", desk.question(name), methods=["POST"]))
    for name in api.LOOK_UPS:
        routes.append(Route(f"/api/{name}", counter.look_up(name), methods=["GET"]))
    app = Starlette(routes=routes, exception_handlers={404: nothing_else, 405: nothing_else})
    app.router.redirect_slashes = False
    return Guard(app, port, token)


class Desk:
    """Where questions are worked on: a few at once, in threads, so that the page stays alive."""

    def __init__(self, opened: api.Opened) -> None:
        self.opened = opened
        self.places = asyncio.Semaphore(AT_ONCE)
        self.waiting = 0

    def question(self, name: str) -> Handler:
        """Answers a question that comes with a body."""
        from starlette.requests import ClientDisconnect

        async def answer(request: Request) -> Response:
            kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "application/json":
                return refused(415, "A question is JSON.", given=kind[:100])
            try:
                async with asyncio.timeout(PATIENCE):
                    body = await limited(request)
            except (TimeoutError, ClientDisconnect):
                return refused(408, "The question has no end.", why=f"after {PATIENCE:g} seconds")
            if body is None:
                return refused(413, "The question is too large.", why=f"over {LARGEST:,} bytes")
            return await self.work(lambda: api.answer(name, body, self.opened))

        return answer

    def look_up(self, name: str) -> Handler:
        """Answers a question that is all in the address."""

        async def answer(request: Request) -> Response:
            asked = dict(request.query_params)
            return await self.work(lambda: api.look_up(name, asked, self.opened))

        return answer

    async def work(self, job: Callable[[], dict[str, Any]]) -> Response:
        """The answer of a job, or why there is none."""
        if self.waiting >= WAITING:
            return refused(503, "Too much is being asked at once.", hint="ask again in a while")
        self.waiting += 1
        try:
            async with self.places:
                return await aside(lambda: answered(job))
        finally:
            self.waiting -= 1


async def aside(job: Callable[[], Response]) -> Response:
    """A job's result, from a thread of its own that does not keep the program from ending."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Response] = loop.create_future()

    def settle(end: Callable[[], None]) -> None:
        if not done.done():  # nobody waits any more where the server has ended
            end()

    def work() -> None:
        try:
            end = partial(done.set_result, job())
        except Exception as error:
            end = partial(done.set_exception, error)
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, end)

    Thread(target=work, daemon=True).start()
    return await done


def answered(job: Callable[[], dict[str, Any]]) -> Response:
    """A job's result as JSON; errors in words, never a trace of what the program did."""
    try:
        return sent(200, job())
    except WhygradError as error:
        return refused(400, error.asked, given=error.given, why=error.why, hint=error.hint)
    except MemoryError:
        return refused(400, "This is too large for the memory of this machine.")
    except Exception:
        traceback.print_exc(file=sys.stderr)
        return refused(500, "This went wrong inside of whygrad.", hint="the terminal says where")


async def limited(request: Request) -> bytes | None:
    """The body, read no further than is allowed; None where it is longer."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            return None
    return bytes(body)


def fixed(text: str, kind: str, allowed: str) -> Handler:
    """Answers with a text that is always the same."""
    from starlette.responses import Response

    headers = {**ALWAYS, "Content-Security-Policy": allowed}

    async def answer(request: Request) -> Response:
        return Response(text, media_type=kind, headers=headers)

    return answer


async def nothing_else(request: Request, error: Any) -> Response:
    """The answer to whatever is not there, or not to be asked in that way."""
    return plain(error.status_code)


def plain(status: int) -> Response:
    """A status and nothing more."""
    from starlette.responses import Response

    return Response(status_code=status, headers=headers_of(status))


def sent(status: int, data: Mapping[str, Any]) -> Response:
    """Data as JSON."""
    from starlette.responses import Response

    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(whole(text), status, headers_of(status), "application/json")


def headers_of(status: int) -> dict[str, str]:
    """The headers of all but the page; a question that was refused is not read to its end."""
    end = {"Connection": "close"} if status > 400 else {}
    return {**ALWAYS, "Content-Security-Policy": NOTHING, **end}


def refused(status: int, asked: str, **said: str) -> Response:
    """An error: what was asked, given, why it fails, what to try."""
    return sent(status, {"error": {"asked": asked, "given": "", "why": "", "hint": "", **said}})


# ---- how it is opened ---------------------------------------------------------------------------


def serve(
    opened: api.Opened,
    *,
    port: int = 0,
    lang: str | None = None,
    browser: bool = True,
    tell: Callable[[str], None] = print,
) -> None:
    """Serves the page until Ctrl-C. port: 0 takes a free one. tell: is given the address.

    Raises ConfigError where the port is taken, or starlette and uvicorn are not installed.
    """
    check_installed()
    listening = bound(port)
    token = secrets.token_urlsafe(16)
    number = listening.getsockname()[1]
    server = running(application(opened, number, token, lang))
    address = f"http://{HOST}:{number}/{token}/"
    tell(address)
    if browser:  # in a thread: some browsers give control back only when they are closed
        Thread(target=show, args=(address,), daemon=True).start()
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        pass
    finally:
        listening.close()


def show(address: str) -> None:
    """Opens the browser, where there is one; the address has been said anyway."""
    with suppress(webbrowser.Error, OSError):
        webbrowser.open(address)


def running(app: Application) -> Any:
    """uvicorn's server for the application."""
    from whygrad.web.connections import server_of

    return server_of(app)


def bound(port: int) -> socket.socket:
    """A socket that only this machine reaches. Raises ConfigError where the port is taken."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # elsewhere it would let two programs have the same port
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise ConfigError(
            f"Port {port} cannot be used.",
            why=error.strerror or str(error),
            hint="leave --port out: a free one is taken",
        ) from None
    return listening


def check_installed() -> None:
    """Raises ConfigError where what the server stands on is not installed."""
    if find_spec("starlette") is None or find_spec("uvicorn") is None:
        raise ConfigError(
            "The page is served with starlette and uvicorn, which are not installed.",
            hint="pip install 'whygrad[serve]'; or whygrad report, which needs neither",
        )
