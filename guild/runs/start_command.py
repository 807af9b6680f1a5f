"""The command that starts a run: its attribute `cmd`, or the file `.guild/command`.

`cmd` has all flags, as Guild AI 0.9 records it. The file leaves out those that have the
script's own defaults, which a script keeps exactly only if they are not passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guild.base import files, yaml
from guild.run import Run


def write_start_command(run: Run, words: Sequence[str], cmd: Sequence[str]) -> None:
    """Record `words` as the command that starts `run`, whose attribute is `cmd`.

    Raises OSError.
    """
    path = run.guild_path("command")
    if list(words) == list(cmd):
        Path(path).unlink(missing_ok=True)
        return
    record = {"cmd": list(cmd), "start": list(words)}
    files.write_atomic(path, yaml.dump(record).encode("utf-8", "surrogateescape"))


def start_command(run: Run, cmd: Sequence[str]) -> list[str]:
    """Return the command that starts `run` in place of `cmd`.

    It is `cmd` itself unless `cmd` is the command that the run records: Guild AI 0.9 and users
    may change the attribute, or pass other flags.
    """
    try:
        text = files.read_regular_text(run.guild_path("command"))
        record = yaml.load(text) if text else None
    except (yaml.YAMLError, OSError):
        record = None
    if not isinstance(record, dict) or record.get("cmd") != list(cmd):
        return list(cmd)
    words = record.get("start")
    return [str(word) for word in words] if isinstance(words, list) and words else list(cmd)
