"""The stream as a client gets it, from a real server on loopback."""

import gzip
import io
import json
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.server.conftest import MakeSite, Serve
from tests.server.samples import HOSTILE, BreakableLive, callback_request, fix, status


class Events:
    """Events of one stream, read one by one."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def next(self, name: str | None = None) -> tuple[str, Any]:
        """The next event, of that name if given."""
        topic = ""
        for line in self._lines:
            if line.startswith("event: "):
                topic = line.removeprefix("event: ")
            elif line.startswith("data: ") and name in (None, topic):
                return topic, json.loads(line.removeprefix("data: "))
        raise AssertionError("the stream has ended")


@contextmanager
def stream(base_url: str, topics: str, encoding: str = "identity") -> Iterator[Events]:
    headers = {"Accept-Encoding": encoding}
    url = f"{base_url}/stream?topics={topics}"
    with httpx.stream("GET", url, headers=headers, timeout=10) as response:
        assert response.status_code == 200
        yield Events(response.iter_lines())


def raw_stream(base_url: str, until: Callable[[bytes], bool]) -> bytes:
    """Compressed bytes of a stream of `vehicles`, as they are on the wire."""
    received = b""
    with httpx.stream("GET", f"{base_url}/stream?topics=vehicles", timeout=10) as response:
        assert response.headers["content-encoding"] == "gzip"
        for chunk in response.iter_raw():
            received += chunk
            if until(zlib.decompressobj(wbits=31).decompress(received)):
                return received
    raise AssertionError("the stream has ended")


def test_last_frame_of_each_topic_then_a_beat_come_at_once(
    make_site: MakeSite, serve: Serve, live: BreakableLive
) -> None:
    live.put_positions("bus_a", [fix("R1", label=HOSTILE)])
    live.put_feed_status(status("bus_a"))
    with serve(make_site()) as url:
        with stream(url, "vehicles") as events:
            events.next("vehicles")
        with stream(url, "feeds,vehicle_facts,vehicles") as events:
            got = [events.next() for _ in range(4)]
    assert [topic for topic, _ in got] == ["feeds", "vehicle_facts", "vehicles", "beat"]
    assert got[1][1]["label"] == [HOSTILE]
    assert got[2][1]["id"] == ["bus_a:R1"]
    assert set(got[3][1]) == {"t", "seq"}


def test_change_is_published_to_subscribers_of_its_topic(
    make_site: MakeSite, serve: Serve, live: BreakableLive
) -> None:
    live.put_positions("bus_a", [fix("R1")])
    with serve(make_site()) as url, stream(url, "vehicles") as events:
        first = events.next("vehicles")[1]
        live.put_feed_status(status("bus_a"))
        live.put_positions("bus_a", [fix("R1", lat=50.7)])
        _, second = events.next("vehicles")
    assert (first["lat"], second["lat"]) == ([5050000], [5070000])
    assert second["seq"] == first["seq"] + 1


def test_gzip_and_plain_clients_get_the_same_events(
    make_site: MakeSite, serve: Serve, live: BreakableLive
) -> None:
    live.put_positions("bus_a", [fix(str(number)) for number in range(300)])
    with (
        serve(make_site()) as url,
        stream(url, "vehicles") as plain,
        stream(url, "vehicles", "gzip") as zipped,
    ):
        assert plain.next("vehicles") == zipped.next("vehicles")
        live.put_positions("bus_a", [fix("R1")])
        assert plain.next("vehicles") == zipped.next("vehicles")


def test_shared_blocks_are_one_valid_gzip_stream_for_each_client(
    make_site: MakeSite, serve: Serve, live: BreakableLive
) -> None:
    live.put_positions("bus_a", [fix("R1")])
    with serve(make_site()) as url:
        received = raw_stream(url, until=lambda text: text.count(b"event: beat") >= 2)
    inflated = zlib.decompressobj(wbits=31).decompress(received)
    assert inflated.startswith(b"retry: ")
    unzipped = gzip.GzipFile(fileobj=io.BytesIO(received))
    assert b"event: vehicles\ndata: {" in unzipped.read1(len(inflated))


def test_answer_forbids_caching_and_buffering(make_site: MakeSite, serve: Serve) -> None:
    with serve(make_site()) as url, httpx.stream("GET", f"{url}/stream?topics=feeds") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-accel-buffering"] == "no"
        assert "content-security-policy" in response.headers


def test_unknown_topic_is_refused_with_those_allowed(make_site: MakeSite, serve: Serve) -> None:
    with serve(make_site()) as url:
        for topics in ("vehicles,weather", "", ","):
            answer = httpx.get(f"{url}/stream", params={"topics": topics})
            assert answer.status_code == 422
            assert "vehicles" in answer.json()["reason"]
        assert httpx.post(f"{url}/stream").status_code == 405


def test_client_beyond_the_cap_is_told_when_to_come_back(make_site: MakeSite, serve: Serve) -> None:
    with serve(make_site(stream_clients_max=1)) as url:
        with stream(url, "feeds") as events:
            events.next("beat")
            answer = httpx.get(f"{url}/stream?topics=feeds")
            assert answer.status_code == 503
            assert answer.json()["error"] == "stream_full"
            assert int(answer.headers["retry-after"]) > 0
        assert place_is_free(url)


def place_is_free(url: str) -> bool:
    """Whether a client is served within a moment: the server learns a little late that one has gone."""
    for _ in range(100):
        with httpx.stream("GET", f"{url}/stream?topics=feeds") as response:
            if response.status_code == 200:
                return True
        time.sleep(0.02)
    return False


def test_store_that_goes_away_leaves_the_last_frame_and_the_beats(
    make_site: MakeSite, serve: Serve, live: BreakableLive
) -> None:
    live.put_positions("bus_a", [fix("R1")])
    with serve(make_site()) as url:
        with stream(url, "vehicles") as events:
            events.next("vehicles")
            live.is_away = True
            live.put_positions("bus_a", [fix("R2")])
            events.next("beat")
        with stream(url, "vehicles") as events:
            assert events.next("vehicles")[1]["id"] == ["bus_a:R1"]
            live.is_away = False
            live.put_positions("bus_a", [fix("R3")])
            assert events.next("vehicles")[1]["id"] == ["bus_a:R3"]


def test_slow_callback_disturbs_no_reader(make_site: MakeSite, serve: Serve, live: BreakableLive) -> None:
    readers, callbacks, moves = 4, 6, 3
    live.put_positions("bus_a", [fix("R1")])
    late: list[float] = []

    def read(url: str, seen: list[float]) -> None:
        with stream(url, "vehicles") as events:
            while len(seen) <= moves:
                frame = events.next("vehicles")[1]
                if frame["lat"][0] != 5050000 or not seen:
                    seen.append(time.monotonic())

    with serve(make_site()) as url:
        seen: list[list[float]] = [[] for _ in range(readers)]
        threads = [threading.Thread(target=read, args=(url, each)) for each in seen]
        threads += [
            threading.Thread(
                target=httpx.post,
                args=(f"{url}/_dash-update-component",),
                kwargs={"json": callback_request(2.0), "timeout": 20},
            )
            for _ in range(callbacks)
        ]
        for thread in threads:
            thread.start()
        wait_until(lambda: all(seen))
        for move in range(1, moves + 1):
            moved_at = time.monotonic()
            live.put_positions("bus_a", [fix("R1", lat=50.5 + move / 100)])
            wait_until(lambda move=move: all(len(each) > move for each in seen))  # type: ignore[misc]
            late.append(max(each[move] for each in seen) - moved_at)
        for thread in threads:
            thread.join(15)
    assert max(late) < 1.5, "a change waits a second at most for its turn, never for a callback of 2 s"


def wait_until(happened: Callable[[], bool], at_most_s: float = 10) -> None:
    end = time.monotonic() + at_most_s
    while not happened():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.005)


def test_server_stops_at_once_with_streams_open(make_site: MakeSite, serve: Serve) -> None:
    ended = threading.Event()

    def read(url: str) -> None:
        with stream(url, "feeds") as events:
            events.next("beat")
            started.set()
            try:
                while True:
                    events.next()
            except AssertionError:
                ended.set()

    started = threading.Event()
    with serve(make_site()) as url:
        reader = threading.Thread(target=read, args=(url,))
        reader.start()
        assert started.wait(5)
        stopping_at = time.monotonic()
    assert ended.wait(2)
    reader.join(2)
    assert time.monotonic() - stopping_at < 2


def test_raw_bytes_in_addresses_make_no_server_error(make_site: MakeSite, serve: Serve) -> None:
    def status_of(url: str, path: bytes) -> int:
        host, _, port = url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=10) as wire:
            wire.sendall(b"GET %s HTTP/1.1\r\nHost: site\r\nConnection: close\r\n\r\n" % path)
            return int(wire.makefile("rb").readline().split()[1])

    hostile = (b"/stream?topics=\xff", b"/api/v1/vehicles?at=\xff", b"/mobility?\xff=%ff", b"/%ff%00/\x7f")
    with serve(make_site()) as url:
        for path in hostile:
            assert status_of(url, path) < 500, path
