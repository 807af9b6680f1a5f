"""Files of trials: `@trials`, `@trials.csv`, `@trials.yml`, `@trials.json`."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from guild.base import yaml
from guild.base.errors import GuildError
from guild.flags import values as flag_values
from guild.flags.flagdef import FlagDef
from guild.flags.functions import is_function_call
from guild.ops.plan.assignments import decode


def read(path: Path, defs: Mapping[str, FlagDef], cwd: Path) -> list[dict[str, Any]]:
    """Read the trials in the file `path`, each a mapping of flag names to values.

    A list or a range stands for several values, as on the command line. The first row of a CSV
    file, or of a file without an extension, contains flag names. Its cells are decoded as on the
    command line; empty cells are skipped. A YAML or JSON file contains a list of mappings, or
    one mapping.
    Raises GuildError, with the path as seen from `cwd`, if the file is missing, empty or
    malformed.
    """
    trials = _read(path, defs, _shown(path, cwd))
    if not trials:
        raise GuildError(f"batch file {path} has no trials")
    return trials


def _shown(path: Path, cwd: Path) -> str:
    """Return `path` as the user wrote it after the `@`, with `./` in front."""
    return f"./{path.relative_to(cwd)}" if path.is_relative_to(cwd) else str(path)


def _read(path: Path, defs: Mapping[str, FlagDef], shown: str) -> list[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise GuildError(f"batch file {shown} does not exist") from None  # Guild AI 0.9 wording
    except (OSError, UnicodeDecodeError) as error:
        raise GuildError(f"cannot read batch file {path}: {error}") from None
    extension = path.suffix.lower()
    if extension in ("", ".csv"):
        return _read_csv(text, path, defs)
    if extension == ".json":
        return _flags(_load_json(text, path), path, defs, shown)
    if extension in (".yml", ".yaml"):
        return _flags(_load_yaml(text, path), path, defs, shown)
    # Guild AI 0.9 wording
    raise GuildError(
        f"cannot read trials for {shown}: unsupported extension\n"
        "Use '.csv', '.json', '.yml', '.yaml', or no extension."
    )


def write(path: Path, trials: Sequence[Mapping[str, Any]]) -> None:
    """Write `trials` so that `read` gives them back. Raises GuildError."""
    extension = path.suffix.lower()
    if extension not in ("", ".csv", ".json"):
        raise GuildError(  # Guild AI 0.9 wording
            f"Unsupported extension '{path.suffix}' - use '.csv', '.json', or no extension"
        )
    text = _to_json(trials) if extension == ".json" else _to_csv(trials)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise GuildError(f"cannot save trials to {path}: {error.strerror}") from None


def _to_json(trials: Sequence[Mapping[str, Any]]) -> str:
    import json

    return json.dumps([dict(trial) for trial in trials], sort_keys=True)


def _to_csv(trials: Sequence[Mapping[str, Any]]) -> str:
    names = sorted({name for trial in trials for name in trial})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for trial in trials:
        writer.writerow([_cell(trial[name]) if name in trial else "" for name in names])
    return text.getvalue()


def _cell(value: Any) -> str:
    """Encode `value` so that reading it back gives the same value and no range."""
    if isinstance(value, list):
        return flag_values.encode([value])
    if isinstance(value, str) and is_function_call(value):
        return "'" + value.replace("'", "''") + "'"
    return flag_values.encode(value)


def _read_csv(text: str, path: Path, defs: Mapping[str, FlagDef]) -> list[dict[str, Any]]:
    reader = csv.reader(io.StringIO(text))
    header = [name.strip() for name in next(reader, [])]
    trials = []
    for row in reader:
        if not row:
            continue
        if len(row) > len(header):
            raise GuildError(f"{path}:{reader.line_num}: {len(row)} values for {len(header)} flags")
        trial = {}
        for name, item in zip(header, row, strict=False):
            if item != "":
                trial[name] = _decoded(item, name, defs, f"{path}:{reader.line_num}")
        trials.append(trial)
    return trials


def _decoded(text: str, name: str, defs: Mapping[str, FlagDef], where: str) -> Any:
    try:
        return decode(text, defs.get(name, FlagDef(name)))
    except GuildError as error:
        raise GuildError(f"{where}: {error.message}") from None


def _value(value: Any, flag: FlagDef) -> Any:
    """Convert a value of a YAML or JSON file.

    A string like `[0:1]` is a range unless the flag is a string.
    """
    if isinstance(value, list) and not flag.arg_split:
        return [flag_values.coerce(item, flag) for item in value]
    if (
        isinstance(value, str)
        and is_function_call(value)
        and flag.type in (None, "int", "float", "number")
    ):
        return decode(value, flag)
    return flag_values.coerce(value, flag)


def _load_json(text: str, path: Path) -> Any:
    import json

    try:
        return json.loads(text)
    except ValueError:  # such as a comma after the last item
        return _load_yaml(text, path)


def _load_yaml(text: str, path: Path) -> Any:
    try:
        return yaml.load(text)
    except yaml.YAMLError as error:
        raise GuildError(f"{path}: {' '.join(str(error).split())}") from None


def _flags(data: Any, path: Path, defs: Mapping[str, FlagDef], shown: str) -> list[dict[str, Any]]:
    # Guild AI 0.9 wording
    if not isinstance(data, (list, dict)):
        raise GuildError(
            f"cannot read trials for {shown}: invalid data type for trials: "
            f"expected list or dict, got {type(data).__name__}"
        )
    trials = []
    for number, item in enumerate(data if isinstance(data, list) else [data], 1):
        if not isinstance(item, dict):
            raise GuildError(
                f"cannot read trials for {shown}: invalid data type for trial {item}: expected dict"
            )
        trial = {}
        for name, value in item.items():
            try:
                trial[str(name)] = _value(value, defs.get(str(name), FlagDef(str(name))))
            except GuildError as error:
                raise GuildError(f"{path}: item {number}: {error.message}") from None
        trials.append(trial)
    return trials
