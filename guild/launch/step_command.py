"""The command line of a step: arguments of `guild run`."""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guild.base.named_tuple import NamedTuple
from guild.flags import templates
from guild.flags import values as flag_values
from guild.flags.flagdef import FlagDef
from guild.guildfile.defs import StepDef

_LONG_NAMES = {
    "-l": "--label",
    "-t": "--tag",
    "-c": "--comment",
    "-D": "--dep",
    "-o": "--optimizer",
    "-N": "--minimize",
    "-X": "--maximize",
    "-m": "--max-trials",
    "--trials": "--max-trials",
    "-j": "--jobs",
    "-Fo": "--opt-flag",
    "-bl": "--batch-label",
    "-bt": "--batch-tag",
    "-bc": "--batch-comment",
    "-d": "--run-dir",
    "--start": "--restart",
    "-y": "--yes",
    "-b": "--background",
    "-e": "--edit-flags",
    "-ec": "--edit-comment",
    "-h": "--help-op",
    "-ebc": "--edit-batch-comment",
    "-q": "--quiet",
    "-f": "--force-flags",
    "-O": "--optimize",
}
_WITH_VALUE = (
    "--label --tag --comment --dep --stop-after --proto --restart --optimizer --minimize "
    "--maximize --max-trials --jobs --opt-flag --random-seed --batch-label --batch-tag "
    "--batch-comment --pidfile --gpus --stage-dir --run-dir --run-id --break --debug-sourcecode "
    "--test-output-scalars --save-trials --step"
)
VALUE_OPTIONS = frozenset(_WITH_VALUE.split())
"""The options of `guild run` that take a value."""

_NOT_OF_STEPS = (
    "--background --pidfile --restart --stage --stage-dir --run-dir --run-id --edit-comment "
    "--edit-flags --edit-batch-comment --help-op --help-model --print-cmd --print-env "
    "--print-trials --save-trials --test-flags --test-sourcecode --test-output-scalars"
)
_IGNORED_OPTIONS = frozenset(_NOT_OF_STEPS.split())


def long_name(option: str) -> str:
    """Return the long name of an option of `guild run`."""
    return _LONG_NAMES.get(option, option)


class StepCommand(NamedTuple):
    """The command line of a step.

    Attributes:
        words: the arguments of `guild run`.
        text: the command line for people.
        ignored: the names of the options that a step cannot have.
    """

    words: list[str]
    text: str
    ignored: list[str]


class ParentOptions(NamedTuple):
    """The options of a run that its steps share.

    Attributes:
        label: the label of each step without a label of its own.
        tags: the tags of each step without tags of its own.
        stage_trials: whether steps that are batches stage their trials.
    """

    label: str | None = None
    tags: Sequence[str] = ()
    stage_trials: bool = False


def step_command(
    step: StepDef,
    flags: Mapping[str, Any],
    operation: str,
    parent: ParentOptions = ParentOptions(),  # noqa: B008  # immutable
) -> StepCommand:
    """Return the command line of a step that runs `operation`, for a run with `flags`.

    Raises GuildError for a reference to an undefined flag.
    """
    own_options, words, ignored = _split_words(step.args)
    options = [*_written_options(step.options), *own_options]
    options += _parent_options(parent, {option[0] for option in options})
    options = [
        tuple(_resolved(word, flags, keep_unknown=True) for word in option)
        for option in sorted(options, key=lambda option: option[0])
    ]
    assignments = [f"{name}={_flag_text(name, step)}" for name in step.flags]
    words = [_resolved(word, flags) for word in (*assignments, *words)]
    batch_files = [word for word in words if "=" not in word or word.startswith("@")]
    # The last assignment of a flag takes precedence.
    texts = dict(word.split("=", 1) for word in words if word not in batch_files)
    texts.update(_assigned_by_run(step, flags, operation))
    first = [operation, *(word for option in options for word in option), *batch_files]
    return StepCommand(
        [*first, *(f"{name}={texts[name]}" for name in sorted(texts))],
        " ".join([*first, *(f"{name}={_readable(texts[name])}" for name in sorted(texts))]),
        sorted(ignored),
    )


def _split_words(words: Sequence[str]) -> tuple[list[tuple[str, ...]], list[str], list[str]]:
    """Return the options, the other words, and the names of options that a step cannot have."""
    options: list[tuple[str, ...]] = []
    others: list[str] = []
    ignored: list[str] = []
    rest = iter(words)
    for word in rest:
        if not word.startswith("-"):
            others.append(word)
            continue
        name, has_value, value = word.partition("=")
        name = long_name(name)
        option: tuple[str, ...] = (name,)
        if has_value:
            option = (name, value) if name in VALUE_OPTIONS else (word,)
        elif name in VALUE_OPTIONS:
            option = (name, *itertools.islice(rest, 1))
        if name in _IGNORED_OPTIONS:
            ignored.append(name.lstrip("-").replace("-", "_"))
        elif name != "--yes":
            options.append(option)
    return options, others, ignored


def _parent_options(parent: ParentOptions, own: set[str]) -> Iterator[tuple[str, ...]]:
    if parent.label is not None and "--label" not in own:
        yield ("--label", parent.label)
    if "--tag" not in own:
        yield from (("--tag", tag) for tag in parent.tags)
    if parent.stage_trials and "--stage-trials" not in own:
        yield ("--stage-trials",)


def _assigned_by_run(
    step: StepDef, flags: Mapping[str, Any], operation: str
) -> Iterator[tuple[str, str]]:
    """Yield the flags of the step that the run sets as `STEP:FLAG`, with their values.

    The name with the model comes last and takes precedence.
    """
    names = [step.name]
    if step.name == step.run:
        names.insert(0, step.run.rpartition(":")[2])
    if ":" in operation:
        names.append(operation)
    for prefix in dict.fromkeys(f"{name}:" for name in names):
        for name, value in flags.items():
            if name.startswith(prefix) and value is not None:
                yield name.removeprefix(prefix), flag_values.encode(value)


def _flag_text(flag: str, step: StepDef) -> str:
    """Return the value of a flag in command-line syntax."""
    value = step.flags[flag]
    if isinstance(value, str) and "${" in value:
        return value
    return step.flag_texts.get(flag) or flag_values.encode(value)


def _readable(text: str) -> str:
    """Return the value `text` for people: lists as `[1, 2]`, spaces in quotes."""
    if text.startswith("[") and text.endswith("]"):
        return flag_values.encode(flag_values.decode(text, FlagDef("")))
    return shlex.quote(text) if " " in text and text[0] not in "'\"[{" else text


def _resolved(word: str, flags: Mapping[str, Any], *, keep_unknown: bool = False) -> str:
    """Replace references to the run's flags in `word`.

    Unknown references are an error, unless `keep_unknown` is set: in the label of a step they may
    refer to its own flags.
    """
    return templates.resolve_references(word, flags, _value_text, keep_unknown=keep_unknown)


def _value_text(value: Any) -> str:
    return value if isinstance(value, str) else flag_values.encode(value)


def _written_options(step_options: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the options that are keys of the step."""
    for name, value in step_options.items():
        if name == "yes":
            continue
        if name == "trials":
            yield from ((f"@{path}",) for path in value)
        elif name in ("opt_flags", "opt_flag"):
            yield from (("--opt-flag", word) for word in _optimizer_words(value))
        elif isinstance(value, bool):
            yield from [(_option(name),)] if value else []
        else:
            for item in value if isinstance(value, tuple) else [value]:
                yield (_option(name), _value_text(item))


def _option(name: str) -> str:
    return "--tag" if name == "tags" else f"--{name.replace('_', '-')}"


def _optimizer_words(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f"{name}={_value_text(item)}" for name, item in value.items()]
    return [str(item) for item in (value if isinstance(value, (list, tuple)) else [value])]
