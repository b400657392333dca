"""`scopc demo`: the whole installation on this machine with a simulated city as its only source."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from dashboard.local_stack import LOOPBACK, Stack, free_port, run_stack
from dashboard.runfile import Run
from data_sources.simulator.scenario import read_scenario


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the command line asks for. `vehicles` None is the pack's own fleet, `links` None its own
    network; `speed` is how many seconds the simulated world's clock runs in a real one; `fresh` forgets
    what earlier runs kept; `past_days` is how far back its history is made up, 0: not at all."""

    host: str
    port: int
    data_dir: Path
    city: Path
    seed: int = 1
    speed: float = 1.0
    scenario: str = "normal"
    vehicles: int | None = None
    links: int | None = None
    fresh: bool = False
    past_days: int = 731


def run_demo(options: DemoOptions) -> int:
    """Run until Ctrl-C or SIGTERM and leave nothing running; the exit code.

    ConfigError when the scenario is unknown or wrong, or the port or the data folder is in use.
    """
    round_the_clock = read_scenario(options.city, options.scenario).service == "round_the_clock"
    http_port = free_port()
    mqtt_port = free_port(but=http_port)
    http, mqtt = f"http://{LOOPBACK}:{http_port}", f"mqtt://{LOOPBACK}:{mqtt_port}"
    arguments = {
        "--http-port": http_port,
        "--mqtt-port": mqtt_port,
        "--seed": options.seed,
        "--speed": options.speed,
        "--scenario": options.scenario,
        **({} if options.vehicles is None else {"--vehicles": options.vehicles}),
        **({} if options.links is None else {"--links": options.links}),
    }
    stack = Stack(
        host=options.host,
        port=options.port,
        data_dir=options.data_dir,
        city=options.city,
        source=("simulate", *(str(word) for pair in arguments.items() for word in pair)),
        headline=f"all live data is SYNTHETIC (scenario {options.scenario}); Ctrl-C stops everything",
        env={
            "SCOPC_SIMULATOR_HTTP": http,
            "SCOPC_SIMULATOR_MQTT": mqtt,
            "SCOPC_DEMO_TIMETABLE": str(round_the_clock).lower(),
            # Web and ingest grow their network with the same links as the simulator does.
            **({} if options.links is None else {"SCOPC_DEMO_LINKS": str(options.links)}),
        },
        fresh=options.fresh,
        afterwards=("backfill", "--seed", str(options.seed), "--days", str(options.past_days))
        if options.past_days
        else (),
    )

    def describe(run: Run) -> Run:
        return msgspec.structs.replace(
            run, simulator_http=http, simulator_mqtt=mqtt, demo_timetable=round_the_clock
        )

    return run_stack(stack, describe)
