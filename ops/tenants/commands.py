"""`ringbook tenants apply | export`."""

import asyncio
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer

from ops.settings import DatabaseSettings, TenantSettings, read
from ops.tenants.apply import Applied
from ops.tenants.apply import apply as apply_file
from ops.tenants.export import export as export_tenants
from ops.tenants.load import load
from storage.secrets import KeyRing

app = typer.Typer(no_args_is_help=True, help="Describe tenants in a YAML file.")


@app.command()
def apply(
    file: Annotated[Path, typer.Argument(help="Such as examples/tenants.yaml.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show, and change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Show it as JSON.")] = False,
) -> None:
    """Make the tenants in FILE what it says, in one transaction, and show what changed.

    Tenants that are not in FILE are left alone. Needs the owner's URL.
    """
    settings = read(TenantSettings)
    keys = KeyRing.parse(settings.master_keys.get_secret_value())
    applied = asyncio.run(
        apply_file(settings.postgres_url, keys, load(file), environment=os.environ, dry_run=dry_run)
    )
    show = _json if as_json else _lines
    sys.stdout.write(show(applied, dry_run=dry_run))


@app.command()
def export(
    tenant: Annotated[str | None, typer.Argument(help="All of them without.")] = None,
) -> None:
    """Print tenants as the YAML that describes them; applied again, it changes nothing."""
    settings = read(DatabaseSettings)
    sys.stdout.write(asyncio.run(export_tenants(settings.postgres_url, tenant)))


def _lines(applied: Applied, *, dry_run: bool) -> str:
    lines = []
    for tenant in dict.fromkeys(change.tenant for change in applied.changes):
        lines.append(tenant)
        lines += [f"  {change}" for change in applied.changes if change.tenant == tenant]
    lines += [f"{tenant}: unchanged" for tenant in applied.unchanged]
    if applied.left_alone:
        lines.append(f"not in the file, left alone: {', '.join(applied.left_alone)}")
    lines.append(
        f"{len(applied.changes)} changes, {'none applied (dry run)' if dry_run else 'applied'}"
    )
    return "\n".join(lines) + "\n"


def _json(applied: Applied, *, dry_run: bool) -> str:
    shown = {"applied": not dry_run, **asdict(applied)}
    return orjson.dumps(shown, default=str, option=orjson.OPT_INDENT_2).decode() + "\n"
