"""Code and documentation avoid phrases that are not plain English (see CONTRIBUTING.md)."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Phrases that are hard to read, with replacements.
PHRASES = {
    r"\bbut for\b": "except, unless",
    r"\b(is|are|was|were|as) (?-i:no|none)\b(?!,| longer| (more|less|fewer) than)": "is not a",
    r"\b(is|are|was|were) there\b": "exists",
    r"\bis (said|told|asked for|meant by)\b": "is set, is reported, is requested, is",
    r"\b(tells?|told) (of|that|what|which|how|whether|where|who)\b": "reports, warns, prints",
    r"\b(says?|said) (of|that|what|which|how|whether|where|so)\b": "specifies, defines, records",
    r"\bgo(es|ing)? on with\b": "resume, continue",
    r"\ba text\b|\btexts\b": "a string, strings",
    r"\b(of|for) which (nothing|nobody)\b": "without",
    r"\bif need be\b": "if necessary",
    r"\bof (ours|theirs|its own kind)\b": "name the owner",
    r"\bfor who(ever)? (asks?|reads?|wants?)\b": "for callers that",
    r"\bat the most\b": "at most",
}
QUESTION_WORDS = ("what", "which", "whether", "how", "where", "who", "when", "whose")


def strings_in(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the content of each comment and string of a Python file."""
    source = path.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def find_phrases(path: Path, line: int, text: str) -> Iterator[str]:
    """Yield a message for each phrase in `text`, which starts at `line`."""
    for pattern, better in PHRASES.items():
        for match in re.finditer(pattern, text, re.IGNORECASE):
            at = line + text.count("\n", 0, match.start())
            yield f"{path.relative_to(ROOT)}:{at}: '{match[0]}'; better: {better}"


def test_code_is_plain_english() -> None:
    messages = [
        message
        for path in sorted((ROOT / "guild").rglob("*.py"))
        for line, text in strings_in(path)
        for message in find_phrases(path, line, text)
    ]
    assert not messages, "\n".join(messages)


@pytest.mark.parametrize(
    "path",
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_documentation_is_plain_english(path: Path) -> None:
    messages = list(find_phrases(path, 1, path.read_text(encoding="utf-8")))
    assert not messages, "\n".join(messages)


def test_docstrings_do_not_start_with_a_question_word() -> None:
    messages = []
    for path in sorted((ROOT / "guild").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                doc = ast.get_docstring(node) or ""
                if doc.lower().startswith(tuple(f"{word} " for word in QUESTION_WORDS)):
                    line = getattr(node, "lineno", 1)
                    messages.append(f"{path.relative_to(ROOT)}:{line}: {doc.splitlines()[0]}")
    assert not messages, "\n".join(messages)
