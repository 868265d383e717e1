"""The installed artefact: what the wheel holds, and that it runs by itself."""

from __future__ import annotations

import email
import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import entry_points, requires, version
from pathlib import Path

import pytest

import server
from server.web.build_state import source_hash

ROOT = Path(__file__).parents[1]
PACKAGES = ("server", "games", "protocol", "client")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """Build the wheel."""
    target = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", str(target)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (path,) = target.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_wheel_holds_every_file(wheel: zipfile.ZipFile) -> None:
    """Modules and the data files beside them (SQL, TOML) are all in the wheel."""
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.suffix in {".py", ".sql", ".toml", ".typed"} and "__pycache__" not in path.parts
    }

    assert wanted - set(wheel.namelist()) == set()


def test_wheel_holds_the_pages(wheel: zipfile.ZipFile) -> None:
    """The built pages are in the wheel, the compressed siblings and the stamp too."""
    wanted = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "server/web/dist").rglob("*")
        if path.is_file()
    }

    assert "server/web/dist/player/index.html" in wanted
    assert wanted - set(wheel.namelist()) == set()


def build_wheel(checkout: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Build the wheel of a checkout."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", str(target)]
    return subprocess.run(build, cwd=checkout, capture_output=True, text=True, check=False)


def test_no_wheel_without_fresh_pages(tmp_path: Path) -> None:
    """A wheel is refused while its pages are missing or stale, and holds them once they are not."""
    checkout, target = tmp_path / "checkout", tmp_path / "wheels"
    checkout.mkdir()
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, checkout)
    (checkout / "server/web/dist/player/assets").mkdir(parents=True)
    for name in ("server/__init__.py", "server/web/__init__.py", "server/web/build_state.py"):
        shutil.copy(ROOT / name, checkout / name)
    for package in PACKAGES[1:]:
        (checkout / package).mkdir()
    (checkout / "web").mkdir()
    (checkout / "web/package.json").write_text("{}", encoding="utf-8")
    refused = build_wheel(checkout, target)
    assert refused.returncode != 0
    assert "The web pages are not built; `make install` builds them." in refused.stderr

    dist = checkout / "server/web/dist"
    for name in ("player/index.html", "player/assets/a-1.js", "player/assets/a-1.js.br"):
        (dist / name).write_text("x", encoding="utf-8")
    stamp = {"sources": source_hash(checkout / "web")}
    (dist / ".build.json").write_text(json.dumps(stamp), encoding="utf-8")
    built = build_wheel(checkout, target)
    assert built.returncode == 0, built.stderr
    (path,) = target.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        assert set(archive.namelist()) >= {
            "server/web/dist/.build.json",
            "server/web/dist/player/index.html",
            "server/web/dist/player/assets/a-1.js.br",
        }

    (checkout / "web/new.ts").touch()
    refused = build_wheel(checkout, target)
    assert refused.returncode != 0
    assert "The web pages are older than their sources" in refused.stderr


def test_wheel_holds_nothing_else(wheel: zipfile.ZipFile) -> None:
    """Tests, benchmarks and data of a development server stay out of the wheel."""
    tops = {name.partition("/")[0] for name in wheel.namelist()}

    assert tops == {*PACKAGES, f"croupier-{server.__version__}.dist-info"}


def test_wheel_describes_itself(wheel: zipfile.ZipFile) -> None:
    """The wheel carries its licence, its command and the least Python it needs."""
    folder = f"croupier-{server.__version__}.dist-info"
    metadata = email.message_from_bytes(wheel.read(f"{folder}/METADATA"))

    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert b"Apache License" in wheel.read(f"{folder}/licenses/LICENSE")
    assert b"croupier = server.cli.main:main" in wheel.read(f"{folder}/entry_points.txt")


def test_wheel_runs_by_itself(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """Unpacked far from the checkout, the command still finds its own modules."""
    wheel.extractall(tmp_path / "lib")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'lib')!r});"
        "import server; from server.cli.main import run;"
        "print(server.__file__); sys.exit(run(['--version']))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert result.stdout.splitlines() == [
        str(tmp_path / "lib/server/__init__.py"),
        server.__version__,
    ]


def test_command_is_installed() -> None:
    """`croupier` is installed beside this Python and tells the version of the source."""
    (command,) = entry_points(group="console_scripts", name="croupier")
    result = subprocess.run(
        [Path(sys.executable).with_name("croupier"), "--version"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert command.value == "server.cli.main:main"
    assert result.stdout.strip() == version("croupier") == server.__version__


def test_every_dependency_is_locked() -> None:
    """What the project asks for is in the lock file, and the installed metadata is up to date."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    names = [re.split(r"[<>=~! ]", text)[0] for text in project["dependencies"]]

    assert sorted(names) == names, "dependencies are listed in order"
    assert sorted(re.split(r"[<>=~! ]", text)[0] for text in requires("croupier") or []) == names
    for name in names:
        assert re.search(rf"^{re.escape(name)}==", locked, re.MULTILINE), name


def test_changelog_has_the_version() -> None:
    """The changelog has a section for what is not released yet and one for each release."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    titles = re.findall(r"^## \[(.+?)\]", text, re.MULTILINE)

    assert titles[0] == "Unreleased"
    kinds = set(re.findall(r"^### (.+)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
