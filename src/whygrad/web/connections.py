"""The connections of the local server: whoever says nothing does not keep others out.

Whoever reaches this machine may open a connection; the token is asked for only once the head of a
question is there. So a head has little time to come, and of connections that owe one only a few are
kept: the one that has waited longest makes room.
"""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD = 10.0  # seconds until a question's head is there
MOST_WITHOUT = 50  # connections that owe one
MOST = 150  # all connections: those without a head leave room for the page's own


class Connection(H11Protocol):  # type: ignore[misc]
    """A connection that is closed where the head of a question does not come in time."""

    deadline: TimerHandle | None = None  # while a head is owed

    def connection_made(self, transport: Transport) -> None:
        super().connection_made(transport)
        self.watch()
        owing = [c for c in self.connections if c.deadline]
        if len(owing) > MOST_WITHOUT:
            min(owing, key=lambda c: c.deadline.when()).hang_up()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self.unwatch()
        super().connection_lost(exc)

    def watch(self) -> None:
        """Sets the time limit, or takes it away where a question is being answered.

        A connection that is kept for the next question has uvicorn's own, until something comes.
        """
        if self.cycle is not None and not self.cycle.response_complete:
            self.unwatch()
        elif self.deadline is None and not self.transport.is_closing():
            self.deadline = self.loop.call_later(HEAD, self.hang_up)

    def unwatch(self) -> None:
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None

    def hang_up(self) -> None:
        self.unwatch()
        self.transport.abort()


def server_of(app: Any) -> Any:
    """uvicorn's server for an application. It speaks only where something is wrong inside."""
    config = uvicorn.Config(
        app, log_level="error", access_log=False, lifespan="off", ws="none", http=Connection,
        loop="asyncio", server_header=False, proxy_headers=False, limit_concurrency=MOST,
        timeout_keep_alive=5, timeout_graceful_shutdown=1,
    )  # fmt: skip
    return uvicorn.Server(config)
