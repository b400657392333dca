"""`python -m tests.system.shifted FILE VERB ...`: the command line on a clock that a file moves.

FILE holds seconds that web, ingest and rollup are ahead of the wall clock; it is read whenever they ask for
the time. The simulator keeps the wall clock. So a test needs no hour of patience to see what an hour without
news does, and every limit is the real one.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dashboard import cli, compose, local_stack

SHIFTED = frozenset({"serve", "ingest", "rollup"})


def main(file: str, *arguments: str) -> None:
    """Run a verb; the processes that it starts run in the same way."""
    ahead = Path(file)

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(ahead.read_text("utf-8")))

    def verb(*words: str) -> tuple[str, ...]:
        return (sys.executable, "-m", "tests.system.shifted", file, *words)

    if arguments[0] in SHIFTED:
        compose.clock = clock
    local_stack._verb = verb
    cli.main(list(arguments))


if __name__ == "__main__":
    main(*sys.argv[1:])
