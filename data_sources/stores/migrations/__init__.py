"""Migrations of the history's tables, run from inside the package: no alembic.ini, no working folder."""

from pathlib import Path

from data_sources.errors import StoreError
from data_sources.stores.engine import Database, current_revision
from data_sources.stores.schema import REVISIONS


def upgrade(url: str) -> tuple[str | None, str]:
    """Bring the database at `url` to what this program needs; revision before and after.

    One transaction on both engines: it happens as a whole or not at all, and a second process waits.
    StoreError when the database is away or was made by a newer program.
    """
    database = Database(url)
    try:
        with database.migration() as connection:
            before = current_revision(connection)
            if before is not None and before not in REVISIONS:
                raise StoreError(
                    f"{database}: was made by a newer scopc (revision {before}); upgrade the program"
                )
            if before == REVISIONS[-1]:
                return before, before
            # alembic takes a quarter of a second to import: only when there is something to do.
            from alembic import command
            from alembic.config import Config

            config = Config()
            config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, REVISIONS[-1])
        return before, REVISIONS[-1]
    finally:
        database.close()
