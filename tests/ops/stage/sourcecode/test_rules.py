"""Source code rules, compared with a simple reference implementation."""

from __future__ import annotations

from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st
from support.source_tree import BINARY

from guild.guildfile.sourcecode_def import SourceCodeDef, SourceCodeRule
from guild.ops.stage.sourcecode.rules import Rules, describe_rule
from guild.ops.stage.sourcecode.textfile import is_text

_names = st.text("ab.", min_size=1, max_size=3).filter(lambda name: set(name) != {"."})
_paths = st.lists(_names, min_size=1, max_size=3).map("/".join)
_globs = st.text("ab.*?", min_size=1, max_size=3).filter(lambda name: set(name) != {"."})
_patterns = st.lists(_globs, min_size=1, max_size=3).map("/".join)
_rules = st.builds(
    SourceCodeRule,
    action=st.sampled_from(["include", "exclude"]),
    kind=st.sampled_from(["pattern", "text", "binary", "dir"]),
    pattern=_patterns | _patterns.map("/{}".format),
)


def reference(rules: list[SourceCodeRule], path: str, is_text: bool) -> str | None:
    decision = None
    for rule in rules:
        subject = path if "/" in rule.pattern else path.split("/")[-1]
        holds = {"pattern": True, "text": is_text, "binary": not is_text, "dir": False}[rule.kind]
        if holds and fnmatchcase(subject, rule.pattern.lstrip("/")):
            decision = rule.action
    return decision


@given(st.lists(_rules, max_size=5), _paths, st.booleans())
def test_last_matching_rule_wins(rules: list[SourceCodeRule], path: str, is_text: bool) -> None:
    compiled = Rules(SourceCodeDef(select=tuple(rules)), "/no such folder")
    found = compiled.for_file(path, lambda: is_text)
    assert (found and found.action) == reference(rules, path, is_text)


def test_description_of_rules() -> None:
    assert describe_rule(SourceCodeRule("exclude", "pattern", "*.py")) == "exclude *.py"
    assert describe_rule(SourceCodeRule("include", "text", "*")) == "include text *"


@given(st.text(max_size=50).filter(lambda text: "\0" not in text))
def test_unicode_is_text(text: str) -> None:
    data = text.encode("utf-8")
    assert is_text(data)
    assert all(is_text(data[:end]) for end in range(len(data)))  # a sample may end in a character
    assert is_text(text.encode("utf-16"))
    assert is_text(text.encode("utf-32"))


def test_text_and_binary() -> None:
    assert is_text("Grüße".encode("latin-1"))
    assert is_text(b"\x1b[1mbold\x1b[0m\x01")
    assert not is_text(BINARY)
    assert not is_text(b"a\0b")
    assert not is_text(b"\x1f\x8b\x08\x08\xfe\xff")
