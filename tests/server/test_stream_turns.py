"""Turns at drawing: one at a time, and the most urgent of those that wait first."""

import threading

from dashboard.stream_turns import Turns

LONG_S = 5.0


def test_most_urgent_of_those_that_wait_is_next_however_late_it_came() -> None:
    turns, order = Turns(), list[int]()

    def draw(rank: int) -> None:
        with turns.of(rank):
            order.append(rank)

    threads = []
    with turns.of(9):
        for waiting, rank in enumerate((5, 7, 0), start=1):
            threads.append(threading.Thread(target=draw, args=(rank,)))
            threads[-1].start()
            while turns.waiting < waiting:
                threading.Event().wait(0.001)
        assert order == []
    for thread in threads:
        thread.join(LONG_S)
    assert order == [0, 5, 7]


def test_turn_is_given_back_by_a_drawing_that_fails() -> None:
    turns = Turns()
    try:
        with turns.of(1):
            raise ValueError("cannot be drawn")
    except ValueError:
        pass
    drawn = threading.Event()

    def draw() -> None:
        with turns.of(2):
            drawn.set()

    threading.Thread(target=draw, daemon=True).start()
    assert drawn.wait(LONG_S)
