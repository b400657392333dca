"""`scopc`: the command line. Each verb is a few lines; the work lives in modules named after it.

Heavy imports happen inside the verbs, so that `scopc --help` is instant and each process of the demo
loads only what it needs.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from dashboard.settings import Settings, load_settings
from data_sources.errors import ConfigError, ScopcError

app = typer.Typer(
    name="scopc",
    help="Real-time operations-centre dashboard for smart cities.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
feeds_app = typer.Typer(help="Feeds and their state.", invoke_without_command=True)
db_app = typer.Typer(help="The history store's schema.", no_args_is_help=True)
gtfs_app = typer.Typer(help="Author a GTFS from a city pack.", no_args_is_help=True)
network_app = typer.Typer(help="Author the links of a city pack.", no_args_is_help=True)
import_app = typer.Typer(help="Take in files that agencies hand in.", no_args_is_help=True)
app.add_typer(feeds_app, name="feeds")
app.add_typer(import_app, name="import")
app.add_typer(db_app, name="db")
app.add_typer(gtfs_app, name="gtfs")
app.add_typer(network_app, name="network")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Folder of the embedded stores.")]
Port = Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Port of the web site.")]
Host = Annotated[str | None, typer.Option("--host", help="Address to listen on.")]
Kind = Annotated[str | None, typer.Option("--kind", help="Feed kind, in place of a configured feed.")]
Pack = Annotated[
    Path | None, typer.Argument(exists=True, file_okay=False, help="City pack; default SCOPC_CITY.")
]
Pace = Annotated[float, typer.Option(min=0.1, max=600, help="Pace of the simulated world's clock.")]
Vehicles = Annotated[int | None, typer.Option(min=1, max=20_000, help="Grow the fleet to this.")]
Links = Annotated[int | None, typer.Option(min=1, max=20_000, help="Grow the network to this.")]
OwnPort = Annotated[int, typer.Option(min=1, max=65535)]
PACE_MAX = 100_000_000
"""Of a recording: three years in a second; the pace by default is less, however far apart its parts are."""


def _settings(**overrides: Any) -> Settings:
    from dashboard.logs import configure

    settings = load_settings(**overrides)
    configure(settings)
    return settings


@app.callback()
def scopc(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks instead of one-line errors.")
    ] = False,
) -> None:
    """Real-time operations-centre dashboard for smart cities."""


@app.command()
def demo(
    port: Port = None,
    host: Host = None,
    data_dir: DataDir = None,
    seed: Annotated[int, typer.Option(help="Seed of the simulated city.")] = 1,
    speed: Pace = 1.0,
    scenario: Annotated[str, typer.Option(help="A scenario of the pack (docs/demo.md).")] = "normal",
    vehicles: Vehicles = None,
    links: Links = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what earlier runs kept.")] = False,
    past_days: Annotated[
        int, typer.Option(min=0, max=1_830, envvar="SCOPC_PAST_DAYS", help="Days of made-up history.")
    ] = 731,
) -> None:
    """Run everything on this machine with a simulated city. Ctrl-C stops all of it."""
    from dashboard.demo import DemoOptions, run_demo

    settings = _settings(port=port, host=host, data_dir=data_dir)
    options = DemoOptions(
        host=settings.host,
        port=settings.port,
        data_dir=settings.data_dir if data_dir else settings.data_dir / "demo",
        city=settings.city,
        seed=seed,
        speed=speed,
        scenario=scenario,
        vehicles=vehicles,
        links=links,
        fresh=fresh,
        past_days=past_days,
    )
    raise typer.Exit(run_demo(options))


@app.command()
def serve(host: Host = None, port: Port = None, data_dir: DataDir = None) -> None:
    """Run the web process: pages, stream and API."""
    from dashboard.serve import serve as run

    run(_settings(host=host, port=port, data_dir=data_dir))


@app.command()
def ingest(data_dir: DataDir = None) -> None:
    """Run the single writer: feeds in, both stores out."""
    from dashboard.run_ingest import run

    run(_settings(data_dir=data_dir))


@app.command()
def rollup(data_dir: DataDir = None) -> None:
    """Roll observations up and compute the indicators."""
    from dashboard.run_rollup import run

    run(_settings(data_dir=data_dir))


@app.command(hidden=True)
def simulate(
    http_port: OwnPort,
    mqtt_port: OwnPort,
    seed: Annotated[int, typer.Option()] = 1,
    speed: Pace = 1.0,
    scenario: Annotated[str, typer.Option()] = "normal",
    vehicles: Vehicles = None,
    links: Links = None,
) -> None:
    """Run the simulated city's feeds on loopback (demo mode starts this)."""
    from dashboard.run_simulator import run
    from data_sources.simulator.server import SimulatorOptions

    run(_settings(), SimulatorOptions(http_port, mqtt_port, seed, scenario, vehicles, speed, links))


@app.command(hidden=True)
def backfill(
    seed: Annotated[int, typer.Option()] = 1,
    days: Annotated[int, typer.Option(min=1, max=1_830)] = 731,
) -> None:
    """Load history for the simulated city (demo mode starts this)."""
    from datetime import timedelta

    from dashboard.run_backfill import run

    run(_settings(), seed, timedelta(days=days))


@app.command(hidden=True)
def play(
    files: Annotated[list[Path], typer.Argument()],
    http_port: OwnPort,
    kind: Annotated[str, typer.Option()],
    speed: Annotated[float, typer.Option(min=0.1, max=PACE_MAX)],
    once: Annotated[bool, typer.Option("--once")] = False,
) -> None:
    """Serve recorded payloads on loopback (`scopc replay` starts this)."""
    from dashboard.player import play as run

    _settings()
    run(tuple(files), http_port, kind, speed, once=once)


@app.command()
def replay(
    files: Annotated[list[Path], typer.Argument(help="Recorded payloads.", exists=True, dir_okay=False)],
    pack: Annotated[
        str, typer.Option(help="City pack of the recording, or `auto` for bounds from it.")
    ] = "auto",
    kind: Annotated[str, typer.Option(help="Feed kind of the recording.")] = "gtfs_realtime",
    speed: Annotated[
        float | None,
        typer.Option(
            min=0.1, max=PACE_MAX, help="Pace; default: so that a recording follows each 15 s at most."
        ),
    ] = None,
    port: Port = None,
    host: Host = None,
    data_dir: Annotated[Path | None, typer.Option("--data-dir", help="Folder for this replay alone.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Stop feeding after the last recording.")] = False,
) -> None:
    """Push recorded payloads through the whole path, shifted to now, into a data folder of their own."""
    from dashboard.replay import ReplayOptions, run_replay

    settings = _settings(port=port, host=host)
    raise typer.Exit(
        run_replay(
            ReplayOptions(
                files=tuple(files),
                pack=None if pack == "auto" else Path(pack),
                kind=kind,
                speed=speed,
                host=settings.host,
                port=settings.port,
                data_dir=data_dir,
                once=once,
            )
        )
    )


@app.command()
def check(as_json: AsJson = False) -> None:
    """Check the city pack and the settings; each problem on a line of its own."""
    from dashboard.check import check_report
    from dashboard.tables import show

    show(check_report(_settings()), as_json)


@app.command()
def doctor(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """One page on this installation: versions, settings, stores, clock, feeds."""
    from dashboard.check import doctor_report
    from dashboard.tables import show

    rows, healthy = doctor_report(_settings(data_dir=data_dir))
    show(rows, as_json)
    raise typer.Exit(0 if healthy else 1)


@feeds_app.callback(invoke_without_command=True)
def feeds(context: typer.Context, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Every feed with its state."""
    if context.invoked_subcommand is None:
        from dashboard.check import feeds_report
        from dashboard.tables import show

        show(feeds_report(_settings(data_dir=data_dir)), as_json)


@feeds_app.command()
def probe(
    feed_id: Annotated[str | None, typer.Argument(help="A feed of the city pack.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="A recorded message.")] = None,
    kind: Kind = None,
    as_json: AsJson = False,
) -> None:
    """Read one message of a feed and print what would be recorded and rejected; write nothing."""
    from dashboard.probe import print_result, probe_feed

    if (feed_id is None) == (kind is None):
        raise ConfigError("give either a feed ID or --kind KIND with --file PATH")
    if kind is not None and file is None:
        raise ConfigError("--kind needs --file PATH")
    result = probe_feed(_settings(), feed_id, kind, file)
    print_result(result, as_json)
    raise typer.Exit(0 if result.usable else 1)


@app.command()
def indicators(
    domain: Annotated[str | None, typer.Option("--domain", help="Only this domain.")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Every indicator of the city as it stands now."""
    from dashboard.indicators_report import indicators_report
    from dashboard.tables import show

    show(indicators_report(_settings(data_dir=data_dir), domain), as_json)


@import_app.command("indicators")
def import_indicators(
    file: Annotated[Path, typer.Argument(help="A sheet, .csv or .xlsx (docs/imports.md).")],
    preview: Annotated[
        bool, typer.Option("--preview", help="Show what would be recorded; write nothing.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Values of indicators from a sheet; what is refused is kept with its reason, row by row."""
    from dashboard.import_files import import_file, print_report

    print_report(import_file(_settings(data_dir=data_dir), file, previewed=preview), as_json)


@db_app.command("upgrade")
def db_upgrade(data_dir: DataDir = None) -> None:
    """Bring the history store's schema up to date."""
    from data_sources.stores.migrations import upgrade

    settings = _settings(data_dir=data_dir)
    if settings.database_url is None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    upgrade(settings.history_url)
    typer.echo("history store is up to date")


@gtfs_app.command("build")
def gtfs_build(pack: Pack = None) -> None:
    """Write gtfs/ (and the demo's overlay) from the pack's lines, stops and service contract."""
    from data_sources.gtfs_build import write_gtfs

    for path in write_gtfs(pack or _settings().city):
        typer.echo(str(path))


@network_app.command("build")
def network_build(pack: Pack = None) -> None:
    """Write the pack's links from its arterials and the roads of its lines; what was there is replaced."""
    from data_sources.network_build import write_links

    typer.echo(str(write_links(pack or _settings().city)))


def main(arguments: list[str] | None = None) -> None:
    """Entry point. Errors are one line that says what to do; a traceback only with --debug."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        app(args=given)
    except ConfigError as error:
        _fail(error, given, 2)
    except ScopcError as error:
        _fail(error, given, 1)
    except OSError as error:
        # a folder that cannot be written, a full disk
        in_the_way = isinstance(error, FileExistsError)  # folders that exist are taken as they are
        reason = "there is a file where a folder is needed" if in_the_way else error.strerror
        told = f"{error.filename}: {reason}" if error.filename else str(error)
        _fail(error, given, 1, told)


def _fail(error: Exception, given: list[str], code: int, told: str | None = None) -> None:
    if "--debug" in given:
        raise error
    told = told or str(error)
    if "--json" in given:
        print(json.dumps({"error": told}, ensure_ascii=False))
    print(f"scopc: {told}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
