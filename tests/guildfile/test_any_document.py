"""Any guild.yml is either loaded or rejected with one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from guild.base.errors import GuildError
from guild.guildfile.load import load_guildfile
from guild.guildfile.types import Guildfile

_WORDS = (
    "model config package include default description references extends params operations "
    "operation-defaults resources sourcecode flags python-requires plugins extra $include main "
    "exec notebook steps flags-dest flags-import flags-import-skip flags-import-exec requires env "
    "env-secrets "
    "run-attrs label tags compare objective optimizer optimizers default-max-trials output- "
    "scalars output-attrs python-path pip-freeze stoppable publish type required alias arg- "
    "encoding choices allow-other min max value sources target-path file url operation name "
    "select rename root digest dest pattern repl run expect isolate-runs output contains "
    "algorithm files a b m:a << x "
)
NAMES = _WORDS.split()
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.sampled_from(
        [*NAMES, "a#b", "{{a}}", "{{ b }} {{a}}", "m:a#x", "all", "int", "-x", "'", "*", "013", ""]
    ),
    st.text(max_size=4),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(NAMES), SCALARS), inner, max_size=4),
    ),
    max_leaves=12,
)
OPERATION = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5)
ITEM = st.fixed_dictionaries(
    {},
    optional={
        "model": st.sampled_from(["", "a", "m"]),
        "config": st.sampled_from(["b", "x", "a"]),
        "extends": VALUES,
        "params": st.dictionaries(st.sampled_from(["a", "b"]), VALUES),
        "operations": st.dictionaries(st.sampled_from(NAMES), st.one_of(OPERATION, VALUES)),
        "operation-defaults": OPERATION,
        "flags": st.dictionaries(st.sampled_from(NAMES), VALUES),
        "resources": VALUES,
        "sourcecode": VALUES,
    },
)
DOCUMENTS = st.one_of(
    VALUES, st.lists(ITEM, max_size=4), st.dictionaries(st.sampled_from(NAMES), OPERATION)
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("documents")


def load_or_reject(path: Path) -> Guildfile | None:
    """Return the guild.yml at `path`, or None after an error; each message is one line."""
    error_message = ""
    guildfile = None
    try:
        guildfile = load_guildfile(path)
    except GuildError as error:
        error_message = error.message
        assert error_message.startswith(str(path))
    operations = guildfile.operations if guildfile else ()
    expected = [error_message] * bool(error_message)
    expected += dict.fromkeys(error for op in operations for error in op.errors)
    for line in (*expected, *(guildfile.all_warnings if guildfile else ())):
        assert "\n" not in line
    errors: list[str] = []
    try:
        lenient = load_guildfile(path, errors)
    except GuildError as error:
        errors.append(error.message)
    else:
        assert guildfile in (None, lenient)
    assert errors[:1] == expected[:1]
    return guildfile


@given(document=DOCUMENTS)
def test_any_document(folder: Path, document: Any) -> None:
    path = folder / "guild.yml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    guildfile = load_or_reject(path)
    if guildfile:
        for operation in guildfile.operations:
            same = guildfile.get_operation(f"{operation.model}:{operation.name}")
            assert same is not None
            assert same.full_name == operation.full_name


@given(data=st.binary(max_size=200))
def test_any_bytes(folder: Path, data: bytes) -> None:
    path = folder / "bytes.yml"
    path.write_bytes(data)
    load_or_reject(path)


@given(text=st.text(alphabet=" \n\t-:[]{}&*!|>'\"%@#,?<ab1=~.", max_size=60))
def test_any_punctuation(folder: Path, text: str) -> None:
    path = folder / "text.yml"
    path.write_text(text, encoding="utf-8")
    load_or_reject(path)
