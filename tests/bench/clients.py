"""Clients that load a server, in one process: readers of the stream, or pollers of the naive page.

Talks in lines: prints `ready` once every client has data; `start` on stdin zeroes the counts,
`stop` prints them as JSON and ends.
"""

import argparse
import asyncio
import json
import re
import sys
import time
import zlib
from collections import Counter

TAIL = 200
"""Bytes kept of what was read, since an event's head may be cut by the end of a block."""


def head_of(topic: str) -> re.Pattern[bytes]:
    """The head of a topic's event, with its `t` and `seq`."""
    return re.compile(rb'event: %s\ndata: \{"t":(\d+),"seq":(\d+)' % topic.encode())


class Counts:
    """What the clients together have seen since the last `start`."""

    def __init__(self) -> None:
        self.wire_bytes = 0
        self.answers = 0
        self.seen: Counter[int] = Counter()
        self.latencies_ms: list[float] = []

    def as_json(self, clients: int) -> str:
        return json.dumps(
            {
                "clients": clients,
                "wire_bytes": self.wire_bytes,
                "answers": self.answers,
                "seen": sorted(self.seen.items()),
                "latencies_ms": self.latencies_ms,
            }
        )


class Load:
    """All clients of one kind."""

    def __init__(self, port: int, clients: int) -> None:
        self.port = port
        self.clients = clients
        self.counts = Counts()
        self.waiting = clients
        self.ready = asyncio.Event()

    def has_data(self) -> None:
        """One more client has got data for the first time."""
        self.waiting -= 1
        if self.waiting == 0:
            self.ready.set()

    async def read_stream(self, topics: str) -> None:
        """One reader of the stream, as a browser asks for it; the frames of the first topic are counted."""
        counted = head_of(topics.split(",", maxsplit=1)[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        request = (
            f"GET /stream?topics={topics} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            "Accept: text/event-stream\r\nAccept-Encoding: gzip\r\n\r\n"
        )
        writer.write(request.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n", 1)[0] or b"gzip" not in head:
            raise RuntimeError(f"no gzip stream: {head!r}")
        inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
        tail, is_first = b"", True
        while True:
            size_line = await reader.readline()
            block = await reader.readexactly(int(size_line, 16) + 2)
            self.counts.wire_bytes += len(size_line) + len(block)
            now_ms = time.time() * 1000
            text = tail + inflate.decompress(block[:-2])
            end = 0
            for event in counted.finditer(text):
                self.counts.seen[int(event[2])] += 1
                self.counts.latencies_ms.append(now_ms - int(event[1]))
                end = event.end()
                if is_first:
                    is_first = False
                    self.has_data()
            tail = text[end:][-TAIL:]

    async def poll(self, phase_s: float) -> None:
        """One browser of the naive page: its interval asks once a second."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        loop = asyncio.get_running_loop()
        due, asked = loop.time() + phase_s, 0
        while True:
            await asyncio.sleep(due - loop.time())
            asked += 1
            due += 1.0
            writer.write(self._update_request(asked))
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in head.split(b"\r\n", 1)[0]:
                raise RuntimeError(f"refused: {head!r}")
            length = re.search(rb"(?i)content-length: *(\d+)", head)
            if length is None:
                raise RuntimeError(f"no length: {head!r}")
            body = await reader.readexactly(int(length[1]))
            self.counts.wire_bytes += len(head) + len(body)
            self.counts.answers += 1
            if asked == 1:
                self.has_data()

    def _update_request(self, asked: int) -> bytes:
        body = json.dumps(
            {
                "output": "vehicles.data",
                "outputs": {"id": "vehicles", "property": "data"},
                "inputs": [{"id": "tick", "property": "n_intervals", "value": asked}],
                "changedPropIds": ["tick.n_intervals"],
            }
        ).encode()
        head = (
            f"POST /_dash-update-component HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["stream", "poll"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--topics", default="vehicles")
    given = parser.parse_args()
    load = Load(given.port, given.clients)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(
                load.read_stream(given.topics) if given.kind == "stream" else load.poll(place / given.clients)
            )
            for place in range(given.clients)
        ]
        await load.ready.wait()
        print("ready", flush=True)
        while (await asyncio.to_thread(sys.stdin.readline)).strip() == "start":
            load.counts = Counts()
            print("started", flush=True)
        print(load.counts.as_json(given.clients), flush=True)
        for task in tasks:
            task.cancel()


if __name__ == "__main__":
    asyncio.run(main())
