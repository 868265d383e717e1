"""The layers of settings."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from server.config import ConfigError, Settings, load, load_with_origins
from server.config.keys import keys

SHIPPED = Path(__file__).parents[3] / "config.toml"


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run in a directory without `config.toml`."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(directory: Path, text: str) -> Path:
    """Write a configuration file."""
    file = directory / "some.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_nothing_said_means_defaults() -> None:
    """Without file, environment and options the defaults are in force."""
    loaded = load_with_origins(None, {})

    assert loaded.settings == Settings()
    assert set(loaded.origins.values()) == {"default"}
    assert loaded.file is None


def test_later_layers_win_key_by_key(tmp_path: Path) -> None:
    """The file wins over defaults, the environment over the file, options over all."""
    file = write(tmp_path, '[http]\nhost = "a"\nport = 1\n[gateway]\nhost = "b"\nport = 2\n')

    loaded = load_with_origins(
        file,
        {"CROUPIER_GATEWAY_HOST": "c", "CROUPIER_GATEWAY_PORT": "3", "HOME": "x"},
        {"gateway.port": 4, "data": tmp_path, "http.host": None},
    )

    assert (loaded.settings.http.host, loaded.settings.http.port) == ("a", 1)
    assert (loaded.settings.gateway.host, loaded.settings.gateway.port) == ("c", 4)
    assert loaded.settings.data == tmp_path
    assert loaded.origins["http.host"] == str(file)
    assert loaded.origins["gateway.host"] == "CROUPIER_GATEWAY_HOST"
    assert loaded.origins["gateway.port"] == "command line"
    assert loaded.origins["log.level"] == "default"


def test_file_is_found_by_name_and_by_place(tmp_path: Path) -> None:
    """`config.toml` of the working directory is read unless `CROUPIER_CONFIG` names another."""
    (tmp_path / "config.toml").write_text("[http]\nport = 1\n", encoding="utf-8")
    other = write(tmp_path, "[http]\nport = 2\n")

    assert load(None, {}).http.port == 1
    assert load(None, {"CROUPIER_CONFIG": str(other)}).http.port == 2
    assert load(Path("config.toml"), {"CROUPIER_CONFIG": str(other)}).http.port == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[http]\nprot = 1", "some.toml: unknown key http.prot; did you mean http.port?"),
        ("prot = 1", "some.toml: unknown key prot; did you mean"),
        ("[htpp]\nport = 1", "some.toml: unknown section [htpp]; did you mean [http]?"),
        ("[zzzz]\nport = 1", "some.toml: unknown section [zzzz]; there are http, gateway"),
        ("http = 1", "some.toml: http: expected a section, written [http]"),
        ("[http]\nport = true", "some.toml: http.port: expected a port from 0"),
        ("[http]\nport = 80 80", "some.toml: not valid TOML: "),
        ("[database]\nzzzz = 1", "some.toml: unknown key database.zzzz; [database] has url,"),
    ],
)
def test_wrong_files_name_file_key_and_remedy(tmp_path: Path, text: str, message: str) -> None:
    """A file that cannot be used is refused with one line that says where and what to do."""
    file = write(tmp_path, text)

    with pytest.raises(ConfigError, match=re.escape(message)) as caught:
        load(file, {})

    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file, a directory and a file that is not text are each refused."""
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    for name in ("missing.toml", ".", "binary.toml"):
        with pytest.raises(ConfigError, match="no such configuration file|not UTF-8"):
            load(tmp_path / name, {})


def test_unknown_variables_are_refused() -> None:
    """A misspelt variable is refused with its likely name; other programs' are let be."""
    with pytest.raises(ConfigError, match="CROUPIER_HTTP_PROT; did you mean CROUPIER_HTTP_PORT"):
        load(None, {"CROUPIER_HTTP_PROT": "1"})
    load(None, {"CROUPIER_PORT": "tcp://10.0.0.1:1", "CROUPIER_SERVICE_HOST": "x", "PATH": ""})


def test_unknown_override_is_refused() -> None:
    """An option for a setting that does not exist is refused."""
    with pytest.raises(ConfigError, match="command line: unknown key http.prot"):
        load(None, {}, {"http.prot": 1})


def test_secret_from_a_file(tmp_path: Path) -> None:
    """A secret may stand in a file of its own, without its final newline."""
    secret = tmp_path / "url"
    secret.write_text("postgresql://u:hush@h/d\n", encoding="utf-8")

    loaded = load_with_origins(None, {"CROUPIER_DATABASE_URL_FILE": str(secret)})

    assert loaded.settings.database.url == "postgresql://u:hush@h/d"
    assert loaded.origins["database.url"] == f"{secret} (CROUPIER_DATABASE_URL_FILE)"


def test_secret_and_its_file_in_one_layer_are_refused(tmp_path: Path) -> None:
    """A secret given twice in one place is refused: nobody could say which was meant."""
    file = write(tmp_path, '[redis]\nurl = "redis://h"\nurl_file = "somewhere"\n')

    with pytest.raises(ConfigError, match="redis.url and redis.url_file are both set"):
        load(file, {})


def test_secret_of_the_later_layer_wins(tmp_path: Path) -> None:
    """A secret from the environment wins over a file that config.toml names, and the reverse."""
    secret = tmp_path / "secret"
    secret.write_text("redis://file", encoding="utf-8")
    named = write(tmp_path, f'[redis]\nurl_file = "{secret}"\n')
    assert load(named, {"CROUPIER_REDIS_URL": "redis://direct"}).redis.url == "redis://direct"

    direct = write(tmp_path, '[redis]\nurl = "redis://direct"\n')
    assert load(direct, {"CROUPIER_REDIS_URL_FILE": str(secret)}).redis.url == "redis://file"


@pytest.mark.parametrize("content", [None, b"", b"\xff"])
def test_secret_files_that_cannot_be_used(tmp_path: Path, content: bytes | None) -> None:
    """A secret file that is missing, empty or not text is refused without showing its content."""
    secret = tmp_path / "secret"
    if content is not None:
        secret.write_bytes(content)

    with pytest.raises(ConfigError, match="database.owner_url_file: .*secret"):
        load(None, {"CROUPIER_DATABASE_OWNER_URL_FILE": str(secret)})


def test_errors_never_repeat_a_secret() -> None:
    """A secret that is refused is not shown in the refusal."""
    with pytest.raises(ConfigError) as caught:
        load(None, {"CROUPIER_DATABASE_URL": "mysql://u:hush@h/d"})

    assert "hush" not in str(caught.value)


def test_shipped_file_holds_the_defaults() -> None:
    """Every setting stands in `config.toml`, explained, with its default."""
    loaded = load_with_origins(SHIPPED, {})
    text = SHIPPED.read_text(encoding="utf-8")

    assert loaded.settings == Settings()
    left_out = [name for name, origin in loaded.origins.items() if origin == "default"]
    assert left_out == ["sandboxes", "demo.enabled", "games.player_advantage"], (
        "only what depends on the mode"
    )
    for name in left_out:
        assert f"# {name.rpartition('.')[2]} = true" in text
    assert len(tomllib.loads(text)) == len({name.split(".")[0] for name in keys()}) - 1
    for block in re.split(r"\n\n+", text):
        settings = [line for line in block.splitlines() if re.match(r"[a-z_]+ =", line)]
        assert not settings or block.splitlines()[0].startswith(("#", "[")), block
        assert not settings or "#" in block, f"unexplained: {block}"
