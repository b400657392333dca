"""Settings: everything that the environment may say, in one place. README's table mirrors it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from data_sources.errors import ConfigError

BUNDLED_CITIES = Path(__file__).parent / "cities"


def _default_data_dir() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "scopc"


class Settings(BaseSettings):
    """The environment, prefix SCOPC_. Every field's description is its line in README's table."""

    model_config = SettingsConfigDict(env_prefix="SCOPC_", extra="ignore", frozen=True)

    city: Path = Field(
        BUNDLED_CITIES / "khon_kaen", description="Folder of the city pack; default the bundled one"
    )
    data_dir: Path = Field(
        default_factory=_default_data_dir,
        description="Folder of the embedded stores; default `~/.local/share/scopc`",
    )
    drop_dir: Path | None = Field(
        None, description="Folder watched for sheets of agencies; default `drop` in the data folder"
    )
    database_url: str | None = Field(
        None, description="SQLAlchemy URL of the history store; default SQLite in the data folder"
    )
    redis_url: str | None = Field(
        None,
        description="Redis or Valkey URL of the live store; default that of a demo running in the folder",
    )
    secret_key: str | None = Field(None, description="Key that signs sessions", repr=False)
    host: str = Field("127.0.0.1", description="Address to listen on")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(8050, description="Port to listen on")
    public_url: str | None = Field(None, description="URL under which people reach the site")
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Addresses of proxies whose X-Forwarded headers count, comma-separated"
    )
    timezone: str | None = Field(None, description="Zone of clock and dates; default the pack's")
    tile_url: str | None = Field(
        None, description="URL template of a tile service; default the pack's own base map"
    )
    tile_attribution: str = Field("", description="Credit line of the tile service, shown on the map")
    stream_clients_max: Annotated[int, Field(gt=0)] = Field(
        500, description="Stream clients per web process; beyond it the answer is 503"
    )
    positions_keep_days: Annotated[float, Field(gt=0)] = Field(
        400, description="Days for which past positions are kept"
    )
    payloads_keep_hours: Annotated[float, Field(ge=0)] = Field(
        24, description="Hours for which raw payloads are kept as evidence"
    )
    quarantine_keep_days: Annotated[float, Field(gt=0)] = Field(
        90, description="Days for which rejected records are kept"
    )
    links_keep_days: Annotated[float, Field(gt=0)] = Field(
        90, description="Days for which the state of each link is kept minute by minute"
    )
    operations_keep_days: Annotated[float, Field(gt=0)] = Field(
        400,
        description="Days for which hourly link speeds, incidents, stop passages and service are kept",
    )
    observations_keep_days: Annotated[float, Field(gt=0)] = Field(
        400,
        description="Days for which raw values told several times a day are kept; slower ones stay for ever",
    )
    hours_keep_days: Annotated[float, Field(gt=0)] = Field(
        1900, description="Days for which their hours are kept; days, weeks and months stay for ever"
    )
    tickets_keep_days: Annotated[float, Field(gt=0)] = Field(
        1900, description="Days for which citizens' reports are kept after they were closed"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level logged")
    log_format: Literal["text", "json"] = Field("text", description="`text` or `json` lines")
    simulator_http: str | None = Field(
        None, description="Set by demo mode: where the simulator answers; every feed becomes synthetic"
    )
    simulator_mqtt: str | None = Field(None, description="Set by demo mode: the simulator's broker")
    demo_timetable: bool = Field(False, description="Set by demo mode: use the round-the-clock timetable")
    demo_links: int | None = Field(
        None, description="Set by `scopc demo --links N`: links of the network grown for load tests"
    )
    replay_url: str | None = Field(
        None, description="Set by `scopc replay`: where the recording is played; pages and payloads say so"
    )
    replay_kind: str = Field("gtfs_realtime", description="Set by `scopc replay`: feed kind of the recording")

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            tuple(filter(None, (part.strip() for part in value.split(","))))
            if isinstance(value, str)
            else value
        )

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @property
    def history_url(self) -> str:
        """The history store's URL: given, else SQLite in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'history.db'}"

    @property
    def synthetic(self) -> bool:
        """Whether this installation shows simulated data."""
        return self.simulator_http is not None

    @property
    def replay(self) -> bool:
        """Whether this installation shows a recording."""
        return self.replay_url is not None


def load_settings(**overrides: object) -> Settings:
    """Read the environment; ConfigError names each setting that is wrong and what is allowed."""
    given = {key: value for key, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [
            f"SCOPC_{'_'.join(map(str, item['loc'])).upper()}: {item['msg']}, got {item['input']!r}"
            if not str(item["loc"][0]).startswith("secret")
            else f"SCOPC_{str(item['loc'][0]).upper()}: {item['msg']}"
            for item in error.errors()
        ]
        raise ConfigError("\n".join(lines)) from error


def environment() -> Mapping[str, str]:
    """The process environment, for the catalogue's feed secrets and URLs."""
    return os.environ
