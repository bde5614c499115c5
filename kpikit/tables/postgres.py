"""PostgreSQL: a table on the server, counted there. Its address comes from an environment variable, never from a file."""

from __future__ import annotations

import os
from typing import Any

from kpikit import words
from kpikit.errors import CaseError, TableError
from kpikit.tables.how import How

POSTGRES = "postgresql:"
SCHEMES = ("postgresql://", "postgres://")


def open_postgres(table: str, how: How) -> Any:
    """The Ibis table that "postgresql:schema.table" names. The address is in the environment variable `connection` names."""
    place = table.removeprefix(POSTGRES)
    schema, _, name = place.rpartition(".")
    address = os.environ.get(how.connection or "", "")
    if not how.connection or not address.startswith(SCHEMES):
        named = (
            f"the environment variable {how.connection} holds no" if how.connection else "connection names no variable with an"
        )
        raise CaseError(
            f'{table}: {named} address as postgresql://user:password@host/database; give its name, as connection = "SALES_DB"'
        )
    try:
        import ibis
    except ImportError:
        raise TableError(f"{table}: PostgreSQL needs ibis; pip install kpikit[postgres]") from None
    try:
        connection = ibis.connect(address)
        tables = connection.list_tables(database=schema or None)
    except Exception as error:  # noqa: BLE001 - drivers raise their own kinds; none may carry the address onward
        raise TableError(
            f"{table}: no connection with the address in {how.connection}: {_redacted(str(error), address)}"
        ) from None
    if name not in tables:
        raise TableError(f"{table}: no table '{name}' in {schema or 'the default schema'}; {words.near(name, tables)}")
    return connection.table(name, database=schema or None)


def _redacted(said: str, address: str) -> str:
    """What a driver said, without the address or the password in it."""
    password = address.partition("://")[2].rpartition("@")[0].partition(":")[2]
    for secret in (address, password):
        said = said.replace(secret, "***") if secret else said
    return said.strip().splitlines()[0] if said.strip() else "it did not answer"
