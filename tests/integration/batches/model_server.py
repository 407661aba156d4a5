"""The reference model server in a thread, on loopback, for what really goes over a wire."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from local.model_server import Connection, Server
from tests.ports import free_port


@contextmanager
def served(key: str | None) -> Iterator[tuple[str, Server]]:
    """The server's address and what it shares; nothing is left of it afterwards."""
    port, server = free_port(), Server(key)
    loop = asyncio.new_event_loop()
    connections: set[Connection] = set()

    def connect() -> Connection:
        connection = Connection(server)
        connections.add(connection)
        return connection

    listening = loop.run_until_complete(loop.create_server(connect, "127.0.0.1", port))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}", server
    finally:
        loop.call_soon_threadsafe(listening.close)
        for connection in connections:
            loop.call_soon_threadsafe(connection.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
