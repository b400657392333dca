"""The figures to reach. Times are of one machine; the ratios beside them travel better."""

from typing import Final

from tests.bench.table import Figure

INGEST_SQLITE: Final = Figure(10_000, "positions/s", at_least=True)
INGEST_POSTGRESQL: Final = Figure(15_000, "positions/s", at_least=True)
SERVER_CPU_100_CLIENTS: Final = Figure(1.5, "CPU-s/min")
SERVER_CPU_TIMES_BETTER: Final = 50.0
BYTES_PER_UPDATE: Final = Figure(18_000, "B")
PUBLISH_TO_DRAWN_P95: Final = Figure(100, "ms")
PUBLISH_TO_DRAWN_TIMES_BETTER: Final = 8.0
MAIN_THREAD_REDRAW: Final = Figure(25, "ms/s")
MAIN_THREAD_ANIMATED: Final = Figure(220, "ms/s")
PUBLISH_TO_DRAWN_5000_P95: Final = Figure(250, "ms")
LONGEST_TASK_5000: Final = Figure(250, "ms")
FIRST_MAP: Final = Figure(2_000, "ms")
FIRST_LOAD_BYTES: Final = Figure(450_000, "B")
DEMO_START: Final = Figure(8, "s")
DESK_TICK: Final = Figure(50, "ms")
SIMULATED_SECOND: Final = Figure(60, "ms")
HEAP_GROWTH: Final = Figure(2.0, "MB")
