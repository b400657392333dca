"""Run by alembic for every command: migrations go through the connection that `upgrade` holds."""

from alembic import context

from data_sources.stores.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
