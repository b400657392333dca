"""Migrations make exactly the tables of the schema, and a database of another version is refused."""

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import data_sources.stores.migrations
from data_sources.errors import ConfigError, StoreError
from data_sources.stores.codec import status_json
from data_sources.stores.history import SqlHistory
from data_sources.stores.migrations import upgrade
from data_sources.stores.schema import REVISIONS, metadata
from tests.stores.samples import status


def _execute(url: str, statement: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def test_upgrade_makes_exactly_the_tables_of_the_schema(empty_sql_url: str) -> None:
    assert upgrade(empty_sql_url) == (None, REVISIONS[-1])
    engine = sa.create_engine(empty_sql_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_second_upgrade_changes_nothing(sql_url: str) -> None:
    assert upgrade(sql_url) == (REVISIONS[-1], REVISIONS[-1])


def test_older_database_is_refused_until_it_is_upgraded_and_keeps_its_rows(
    empty_sql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_sources.stores.migrations, "REVISIONS", REVISIONS[:1])
    assert upgrade(empty_sql_url) == (None, REVISIONS[0])
    monkeypatch.undo()
    updated_at = "0" if empty_sql_url.startswith("sqlite") else "'2026-11-23T05:00:00Z'"
    body = status_json(status())
    _execute(
        empty_sql_url,
        "INSERT INTO feed_status (feed_id, state, updated_at, body) "
        f"VALUES ('buses', 'up', {updated_at}, '{body.replace(':', chr(92) + ':')}')",
    )
    history = SqlHistory(empty_sql_url)
    with pytest.raises(StoreError, match="is at revision 0001, this program needs"):
        history.ping()
    assert upgrade(empty_sql_url) == (REVISIONS[0], REVISIONS[-1])
    assert history.feed_statuses() == {"buses": status()}
    assert history.open_incidents() == []
    history.close()


def test_history_refuses_a_database_without_tables(empty_sql_url: str) -> None:
    history = SqlHistory(empty_sql_url)
    for call in (history.check_schema, history.ping, history.feed_statuses):
        with pytest.raises(StoreError, match="run `scopc db upgrade`"):
            call()
    upgrade(empty_sql_url)
    history.check_schema()
    history.close()


def test_database_of_a_newer_program_is_refused(sql_url: str) -> None:
    _execute(sql_url, "UPDATE alembic_version SET version_num = '9999'")
    history = SqlHistory(sql_url)
    with pytest.raises(StoreError, match="newer scopc"):
        history.ping()
    with pytest.raises(StoreError, match="newer scopc"):
        upgrade(sql_url)
    history.close()


def test_revisions_are_those_of_the_scripts() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(data_sources.stores.migrations.__file__).parent))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == REVISIONS


def test_history_does_not_import_alembic() -> None:
    code = "import sys, data_sources.stores.history; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("history.db", "not a SQLAlchemy URL"),
        ("mysql://localhost/x", "use one of sqlite, postgresql"),
        ("sqlite://", "SQLite needs a file"),
    ],
)
def test_unusable_url_is_told(url: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        SqlHistory(url)


def test_database_away_is_told_in_one_line_without_its_password() -> None:
    history = SqlHistory("postgresql://scopc:secret@127.0.0.1:1/scopc")
    with pytest.raises(StoreError, match="refused") as caught:
        history.ping()
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_sqlite_file_that_cannot_be_opened_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="unable to open database file"):
        upgrade(f"sqlite:///{tmp_path}/missing/history.db")
