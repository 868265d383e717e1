"""Reading settings from their four layers, and remembering where each value came from.

Defaults, then one TOML file, then `CROUPIER_*` environment variables, then the command line. A
later layer wins key by key. A key that nobody knows is refused wherever it stands: a setting that
is misspelt and silently ignored is found out in production.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from server.config.errors import ConfigError
from server.config.keys import ENVIRONMENT_PREFIX, Key, convert, keys, nearest, sections, suggest
from server.config.live_tables import wrong_table
from server.config.rules import check, check_production, production_defaults
from server.config.settings import Settings

__all__ = ["CONFIG_VARIABLE", "DEFAULT_FILE", "Loaded", "load", "load_with_origins"]

CONFIG_VARIABLE = "CROUPIER_CONFIG"
"""Names the file when the command line does not."""
DEFAULT_FILE = Path("config.toml")
"""Looked for in the working directory when nothing names a file."""

# Names that are not settings: what tests and benchmarks read for themselves, and what Kubernetes
# puts into the environment of every pod beside a service called "croupier".
_FOREIGN = ("CROUPIER_TEST_", "CROUPIER_BENCH_", "CROUPIER_SERVICE_", "CROUPIER_PORT")

DEFAULT = "default"
ENVIRONMENT = "environment"
COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and for each dotted key where its value came from."""

    settings: Settings
    origins: Mapping[str, str]
    file: Path | None
    """The file that was read, if any."""


class _Value(NamedTuple):
    value: Any
    origin: str
    rank: int
    """The layer: 0 default, 1 file, 2 environment, 3 command line."""


def load(
    path: Path | None = None,
    environment: Mapping[str, str] | None = None,
    overrides: Mapping[str, object] | None = None,
) -> Settings:
    """Return the settings in force. See `load_with_origins`."""
    return load_with_origins(path, environment, overrides).settings


def load_with_origins(
    path: Path | None = None,
    environment: Mapping[str, str] | None = None,
    overrides: Mapping[str, object] | None = None,
) -> Loaded:
    """Return the settings in force and the origin of each.

    Args:
        path: The TOML file, which then must exist. None looks at `CROUPIER_CONFIG`, then for
            `config.toml` in the working directory, and does without if there is neither.
        environment: The variables to read; None means those of the process.
        overrides: What the command line says, by dotted key; None values are left out.

    Raises:
        ConfigError: One line saying which setting of which layer is wrong, and how.
    """
    environment = os.environ if environment is None else environment
    file = _locate(path, environment)
    values = {key.name: _Value(key.default, DEFAULT, 0) for key in keys().values()}
    if file is not None:
        _apply_file(values, file)
    _apply_environment(values, environment)
    _apply_overrides(values, overrides or {})
    _apply_secret_files(values)
    mode = values["mode"].value
    for name, default in production_defaults(mode).items():
        if values[name].rank == 0:
            values[name] = _Value(default, f"{DEFAULT} in {mode}", 0)
    settings = _assemble(values)
    origins = {name: value.origin for name, value in values.items()}
    check(settings, origins)
    check_production(settings, origins)
    return Loaded(settings, origins, file)


def _locate(path: Path | None, environment: Mapping[str, str]) -> Path | None:
    named = path or (
        Path(environment[CONFIG_VARIABLE]) if environment.get(CONFIG_VARIABLE) else None
    )
    if named is not None:
        if not named.is_file():
            raise ConfigError(f"{named}: there is no such configuration file")
        return named
    return DEFAULT_FILE if DEFAULT_FILE.is_file() else None


def _apply_file(values: dict[str, _Value], file: Path) -> None:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: not valid TOML: it is not UTF-8 text") from None
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    flat: dict[str, object] = {}
    for name, value in document.items():
        if name in sections():
            if not isinstance(value, dict):
                raise ConfigError(f"{file}: {name}: expected a section, written [{name}]")
            flat.update({f"{name}.{inner}": item for inner, item in value.items()})
        elif isinstance(value, dict) and name not in keys():
            hint = nearest(name, sections())
            known = f"did you mean [{hint}]?" if hint else f"there are {', '.join(sections())}"
            raise ConfigError(f"{file}: unknown section [{name}]; {known}")
        else:
            flat[name] = value
    for name, value in flat.items():
        key = _known(name, str(file))
        values[name] = _Value(_converted(key, value, str(file), text=False), str(file), 1)


def _apply_environment(values: dict[str, _Value], environment: Mapping[str, str]) -> None:
    variables = {key.variable: key for key in keys().values()}
    for variable in sorted(environment):
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable == CONFIG_VARIABLE:
            continue
        key = variables.get(variable)
        if key is None:
            if variable.startswith(_FOREIGN):
                continue
            # Compared without the prefix, which would make everything look alike.
            names = {name.removeprefix(ENVIRONMENT_PREFIX): name for name in variables}
            hint = nearest(variable.removeprefix(ENVIRONMENT_PREFIX), names)
            meant = f"did you mean {names[hint]}?" if hint else "`croupier config show` lists all"
            raise ConfigError(f"{ENVIRONMENT}: unknown setting {variable}; {meant}")
        value = _converted(key, environment[variable], variable, text=True)
        values[key.name] = _Value(value, variable, 2)


def _apply_overrides(values: dict[str, _Value], overrides: Mapping[str, object]) -> None:
    for name, value in overrides.items():
        if value is not None:
            key = _known(name, COMMAND_LINE)
            plain = str(value) if isinstance(value, Path) else value
            converted = _converted(key, plain, COMMAND_LINE, text=True)
            values[name] = _Value(converted, COMMAND_LINE, 3)


def _apply_secret_files(values: dict[str, _Value]) -> None:
    """Read each `*_file` that stands for a secret. Of the two, the one of the later layer wins."""
    for key in keys().values():
        pointer = values.get(f"{key.name}_file")
        if not key.secret or pointer is None or pointer.value is None:
            continue
        direct = values[key.name]
        if direct.value and direct.rank == pointer.rank:
            raise ConfigError(
                f"{pointer.origin}: {key.name} and {key.name}_file are both set; keep one of them"
            )
        if direct.value and direct.rank > pointer.rank:
            continue
        try:
            secret = pointer.value.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise ConfigError(
                f"{pointer.origin}: {key.name}_file: cannot read {pointer.value}: {reason}"
            ) from None
        if not secret:
            raise ConfigError(f"{pointer.origin}: {key.name}_file: {pointer.value} is empty")
        values[key.name] = _Value(secret, f"{pointer.value} ({pointer.origin})", pointer.rank)


def _known(name: str, source: str) -> Key:
    key = keys().get(name)
    if key is None:
        raise ConfigError(f"{source}: unknown key {name}; {suggest(name)}")
    return key


def _converted(key: Key, value: object, source: str, *, text: bool) -> Any:
    try:
        return convert(key, value, text=text)
    except ValueError as error:
        wrong = wrong_table(value) if key.name == "live.tables" else ""
        raise ConfigError(f"{source}: {key.name}: {wrong or error}") from None


def _assemble(values: Mapping[str, _Value]) -> Settings:
    fields: dict[str, Any] = {}
    grouped: dict[str, dict[str, Any]] = {section: {} for section in sections()}
    for name, value in values.items():
        section, dot, inner = name.partition(".")
        if dot:
            grouped[section][inner] = value.value
        else:
            fields[name] = value.value
    defaults = Settings()
    for section, content in grouped.items():
        fields[section] = msgspec.structs.replace(getattr(defaults, section), **content)
    return Settings(**fields)
