"""The rules of this code base that no linter knows: who imports whom, sizes, money without floats.

Each rule is a function from one parsed file to breaches. It is also tried on breaches made for it,
so that a rule that has gone blind is found out.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("protocol", "games", "server", "client")

MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 70

IMPORTS = (
    # The longest prefix of a path decides which of our packages it may import.
    ("protocol/", {"protocol"}),
    ("games/", {"games", "protocol"}),
    ("client/", {"client", "protocol"}),
    ("client/load/", {"client", "protocol", "games"}),
    ("server/", {"server", "games", "protocol"}),
    ("server/cli/", {"server", "games", "protocol", "client"}),
)

PURE = ("protocol/", "games/")
"""Rooms without input, output, clock or randomness of their own."""
IMPURE_MODULES = {
    "asyncio": "the server owns the event loop",
    "concurrent": "the server owns threads",
    "datetime": "time is an input",
    "logging": "nothing is told before it is committed",
    "multiprocessing": "the server owns processes",
    "os": "the surroundings are the server's",
    "random": "draw from games.entropy",
    "secrets": "seeds are the business of server.fairness",
    "socket": "sockets are the gateway's",
    "ssl": "sockets are the gateway's",
    "structlog": "nothing is told before it is committed",
    "subprocess": "the server owns processes",
    "threading": "the server owns threads",
    "time": "time is an input",
    "urllib.request": "sockets are the gateway's",
    "uuid": "ids are given",
}

MONEY = ("server/ledger/", "games/", "protocol/")
"""Rooms where every amount is an integer."""
NOT_MONEY = ("games/analysis/",)
SECONDS = re.compile(r"_s\b|_S\b|\bsleep\(|# seconds$")
"""What a line has whose float is a duration: a name that ends in its unit, a sleep, or a remark."""

UNMIRRORED = {
    "tests/chaos/": "crashes of the whole node belong to no module",
    "tests/simulation/": "random operations against a model cross many modules",
    "tests/browser/": "a person's path through the pages",
    "tests/cluster/": "several real nodes",
    "tests/load/": "the whole product under load",
    "tests/client/test_conformance.py": "scenarios that every client must pass",
    "tests/client/test_sdk_package.py": "the browser's client as it is published",
    "tests/protocol/schema/test_web_slots.py": "what the browser's packages hold",
    "tests/protocol/schema/test_web_types.py": "what the browser's packages hold",
    "tests/protocol/test_stranger.py": "a client from the document alone",
    "tests/server/gateway/test_attacks.py": "an attack crosses modules",
    "tests/server/ledger/test_attacks.py": "an attack crosses modules",
    "tests/server/tables/live/test_attacks.py": "an attack crosses modules",
    "tests/server/tables/test_attacks.py": "an attack crosses modules",
    "tests/server/tables/live/test_attacks_on_money.py": "an attack crosses modules",
}
"""Tests that do not mirror a source file or directory, and why."""

IGNORED = {
    ".git",
    ".hypothesis",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".venv",
    "__pycache__",
    "build",
    "dist",
    "node_modules",
    "var",
}
PINNED = re.compile(r"[a-z0-9._-]+==\S+( ; .+?)?( +--hash=sha256:[0-9a-f]{64})+ *")
TEXT = {".cfg", ".css", ".html", ".js", ".json", ".lock", ".md", ".py", ".sql", ".toml", ".ts"}
TEXT |= {".tsx", ".txt", ".yaml", ".yml", "", ".sh"}


class Source(NamedTuple):
    """One Python file."""

    path: str
    """From the root, with forward slashes."""
    text: str

    @property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return _parse(self.text)

    @property
    def lines(self) -> list[str]:
        """The lines."""
        return self.text.splitlines()


Rule = Callable[[Source], Iterator[str]]


@functools.lru_cache(maxsize=4096)
def _parse(text: str) -> ast.Module:
    return ast.parse(text)


@functools.cache
def files() -> tuple[Path, ...]:
    """Every file that a person wrote."""
    found: list[Path] = []
    pending = [ROOT]
    while pending:
        for path in sorted(pending.pop().iterdir()):
            if path.name in IGNORED or path.name.endswith(".egg-info") or path.is_symlink():
                continue
            if path.is_dir():
                pending.append(path)
            else:
                found.append(path)
    return tuple(found)


@functools.cache
def sources() -> tuple[Source, ...]:
    """Every Python file."""
    return tuple(
        Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for path in files()
        if path.suffix == ".py"
    )


def breaches(rule: Rule) -> list[str]:
    """Return what `rule` finds in all files, each with its place."""
    return [f"{source.path}:{breach}" for source in sources() for breach in rule(source)]


def expect_none(found: list[str]) -> None:
    """Fail with one breach a line."""
    assert not found, "\n" + "\n".join(found)


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of each import, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.lineno, node.module


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield each function, methods and inner ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def import_direction(source: Source) -> Iterator[str]:
    """Each package imports only what stands below it."""
    rooms = [(room, allowed) for room, allowed in IMPORTS if source.path.startswith(room)]
    if not rooms:
        return
    room, allowed = max(rooms, key=lambda item: len(item[0]))
    for line, name in imported(source.tree):
        package = name.partition(".")[0]
        if package in {*PACKAGES, "tests", "bench"} and package not in allowed:
            yield f"{line}: {room} may not import {package}"


def purity(source: Source) -> Iterator[str]:
    """Rules and messages do no I/O, read no clock and draw no randomness of their own."""
    if source.path.startswith(PURE):
        for line, name in imported(source.tree):
            for module in {name, name.partition(".")[0]} & IMPURE_MODULES.keys():
                yield f"{line}: no {module} here: {IMPURE_MODULES[module]}"


def no_floats(source: Source) -> Iterator[str]:
    """Money is whole minor units."""
    if not source.path.startswith(MONEY) or source.path.startswith(NOT_MONEY):
        return
    for node in ast.walk(source.tree):
        literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
        call = (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "float"
        )
        if literal or call:
            assert isinstance(node, ast.expr)
            if not SECONDS.search(source.lines[(node.end_lineno or node.lineno) - 1]):
                yield f"{node.lineno}: a float beside money; a duration's name ends in _s"


def no_bare_except(source: Source) -> Iterator[str]:
    """An `except` says what it expects."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield f"{node.lineno}: a bare except"


def file_size(source: Source) -> Iterator[str]:
    """A module is one concept."""
    if len(source.lines) > MAX_FILE_LINES:
        yield f"1: {len(source.lines)} lines; split it above {MAX_FILE_LINES}"


def function_size(source: Source) -> Iterator[str]:
    """A function fits on a screen."""
    for function in functions(source.tree):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > MAX_FUNCTION_LINES:
            yield f"{function.lineno}: {function.name} has {length} lines"


def documented_tests(source: Source) -> Iterator[str]:
    """Every test states a behaviour in a sentence."""
    if not Path(source.path).name.startswith("test_"):
        return
    for function in functions(source.tree):
        if function.name.startswith("test"):
            first = (ast.get_docstring(function) or "").partition("\n\n")[0]
            if not first.rstrip().endswith("."):
                yield f"{function.lineno}: {function.name} has no sentence for a docstring"


RULES: dict[Rule, list[Source]] = {
    import_direction: [
        Source("protocol/x.py", "import games"),
        Source("games/x.py", "from server.ledger import x"),
        Source("client/x.py", "def f():\n    import games.entropy"),
        Source("client/load/x.py", "import server"),
        Source("server/gateway/x.py", "from client.session import x"),
        Source("server/cli/x.py", "import tests"),
    ],
    purity: [Source(f"{room}x.py", f"import {name}") for room in PURE for name in IMPURE_MODULES],
    no_floats: [
        Source("server/ledger/x.py", "x = 0.5"),
        Source("games/x.py", "def f():\n    return float('1')"),
    ],
    no_bare_except: [Source("server/x.py", "try:\n    pass\nexcept:\n    pass")],
    file_size: [Source("server/x.py", "\n" * (MAX_FILE_LINES + 1))],
    function_size: [Source("server/x.py", "def f():\n" + "    pass\n" * MAX_FUNCTION_LINES)],
    documented_tests: [
        Source("tests/test_x.py", "def test_x(): pass"),
        Source("tests/test_x.py", "class TestX:\n  async def test_x(self):\n    '''No end'''"),
    ],
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rules_see(rule: Rule) -> None:
    """Each rule finds the breaches made for it."""
    for example in RULES[rule]:
        assert list(rule(example)), example


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rules_hold(rule: Rule) -> None:
    """Each rule holds in every file."""
    expect_none(breaches(rule))


def test_exceptions_are_narrow() -> None:
    """What the rules allow stays allowed: the load tester plays games, a duration is a float."""
    assert not list(import_direction(Source("client/load/x.py", "import games.strategy")))
    assert not list(import_direction(Source("server/cli/x.py", "import client.load")))
    for line in ("x = 0.5  # seconds", "PAUSE_S = 0.5", "deadline_s: float = 0.5", "sleep(0.5)"):
        assert not list(no_floats(Source("server/ledger/x.py", line)))
    assert not list(purity(Source("protocol/x.py", "from urllib.parse import urlsplit")))
    assert not list(no_floats(Source("games/analysis/x.py", "x = 0.5")))


def mirrored(path: str) -> bool:
    """Say whether the test file `path` has the source that its name promises."""
    _, *folders, name = path.split("/")
    folder = ROOT.joinpath(*folders)
    stem = name.removeprefix("test_").removesuffix(".py")
    candidates = (
        folder / f"{stem}.py",
        folder / stem / "__init__.py",
        *folder.glob(f"schema/*_{stem}.sql"),
        *folder.glob(f"machines/{stem}.toml"),
    )
    return any(candidate.exists() for candidate in candidates)


def test_tests_mirror_the_tree() -> None:
    """`server/ledger/queue.py` is tested in `tests/server/ledger/test_queue.py`."""
    strays = [
        source.path
        for source in sources()
        if re.fullmatch(r"tests/.+/test_\w+\.py", source.path)
        and not source.path.startswith(tuple(UNMIRRORED))
        and not mirrored(source.path)
    ]

    expect_none(strays)


def test_directories_are_packages() -> None:
    """Every directory with modules is a package, so that two of one name are told apart."""
    folders = {Path(source.path).parent for source in sources()} - {Path()}

    expect_none([str(path) for path in folders if not (ROOT / path / "__init__.py").exists()])


@functools.cache
def texts() -> tuple[tuple[str, str], ...]:
    """Every text file's path and content."""
    return tuple(
        (path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for path in files()
        if path.suffix in TEXT
    )


def lines_like(pattern: re.Pattern[str]) -> list[str]:
    """Return the place of each line that matches `pattern`, this file's own aside."""
    return [
        f"{path}:{number}: {line.strip()[:80]}"
        for path, text in texts()
        if path != "tests/test_tidy.py"
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_machine_paths() -> None:
    """No file knows where on some machine the project was written."""
    private = re.compile(
        r"(?<![\w.~-])/(?:work|root|home/\w+|Users/\w+|tmp/bash_jobs|opt/pypi)\b/?"
    )

    expect_none(lines_like(private))


def test_no_download_addresses() -> None:
    """Where packages come from is the business of whoever installs them."""
    hosts = re.compile(
        r"pypi\.org|pythonhosted|registry\.npmjs|registry\.yarnpkg|--index-url|-links"
    )

    expect_none([line for line in lines_like(hosts) if not line.startswith("Makefile:")])


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements*.lock")), ids=lambda p: p.name)
def test_locks_pin_with_hashes(path: Path) -> None:
    """Each line of a lock file is one exact version with the hashes of its files."""
    logical = path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    requirements = [line for line in logical if line and not line.lstrip().startswith("#")]

    assert len(requirements) > (0 if path.name == "requirements-node.lock" else 10)
    for line in requirements:
        assert PINNED.fullmatch(line), line[:80]
        assert "://" not in line
        assert " @ " not in line


def test_what_runs_is_locked_once() -> None:
    """The lock file of the tests holds the very versions that run."""
    pinned = [
        dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE))
        for path in (ROOT / "requirements.lock", ROOT / "requirements-dev.lock")
    ]

    assert pinned[0].items() <= pinned[1].items()


def test_text_is_clean() -> None:
    """No tab outside makefiles, no space at a line's end, one newline at a file's end."""
    unclean = []
    for path, text in texts():
        tabs = Path(path).name == "Makefile"
        for number, line in enumerate(text.split("\n"), 1):
            if line != line.rstrip() or ("\t" in line and not tabs) or "\r" in line:
                unclean.append(f"{path}:{number}")
        if text and (not text.endswith("\n") or text.endswith("\n\n")):
            unclean.append(f"{path}: end of file")

    expect_none(unclean)
