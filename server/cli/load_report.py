"""`croupier load-report`: a page from the figures of a run, or of two beside each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from server.cli.errors import CommandError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["check_writable", "load_report", "page_or_refuse", "write_page"]


def load_report(
    run: Annotated[Path, Parameter(help="Figures that `croupier load --json` wrote.")],
    other: Annotated[
        Path | None, Parameter(help="The same of another run, to compare with the first.")
    ] = None,
    /,
    *,
    html: Annotated[Path, Parameter(help="File for the page.")],
) -> None:
    """Make the page of a run from its figures; with two files, compare them.

    Where --series or --html was given to that run as well, the page also shows what happened when.
    Of two runs the second is shown as a ratio to the first. The page needs nothing but itself and
    can be sent on as a file.
    """
    from client.load import LoadError  # noqa: PLC0415 - slow to import
    from client.load.report import read_run  # noqa: PLC0415 - the same

    page = page_or_refuse()
    paths = [run] if other is None else [run, other]
    names = [path.stem for path in paths]
    if len(set(names)) < len(names):
        names = [str(path) for path in paths]
    try:
        runs = [read_run(path) for path in paths]
    except LoadError as error:
        raise CommandError(str(error)) from None
    write_page(html, page, list(zip(names, runs, strict=True)))


def page_or_refuse() -> str:
    """Return the page that is to be filled. Raises CommandError that says how to build it."""
    from server.web.load_report import load_report_page  # noqa: PLC0415 - for few runs only

    page = load_report_page()
    if page is None:
        raise CommandError(
            "--html: the page of the report is not built; `make install` builds it, or "
            "`npm ci && npm run build` in web/",
            ExitCode.USAGE,
        )
    return page


def check_writable(path: Path, what: str) -> None:
    """Find out before a run, not behind it, that a file cannot be written."""
    try:
        path.open("ab").close()
    except OSError as error:
        raise CommandError(f"cannot write the {what} {path}: {error.strerror}") from None


def write_page(path: Path, page: str, runs: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Fill the page and write it."""
    from client.load import LoadError  # noqa: PLC0415 - slow to import
    from client.load.report import fill  # noqa: PLC0415 - the same

    try:
        path.write_text(fill(page, runs), encoding="utf-8")
    except LoadError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"cannot write the report {path}: {error.strerror}") from None
