"""Links are valid, and the pages cover attributes, variables, settings and modules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from guild.run import ATTRIBUTE_TYPES

ROOT = Path(__file__).parents[2]
PAGES = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "examples").rglob("*.md"),
]

# Set by the shell or the system, not by users of Guild.
_SYSTEM = {"COMP_LINE", "COMP_POINT", "COMP_WORDS", "COMP_CWORD", "PATH", "TERM", "PYTHONPATH"}
_NO_MODULES = {"guild.optimizers", "guild.yml", "guild.yaml"}
# Passed by Guild to processes that it starts.
_INTERNAL = {"_GUILD_COMPLETE", "PDB_BREAKS", "BREAK_ON_ERROR", "GIT_OPTIONAL_LOCKS"}


def text_of(page: str) -> str:
    return (ROOT / "docs" / page).read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub creates them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_are_valid(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_first_page_links_to_all_others():
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert pages <= set(re.findall(r"\]\(([^)#]+)\)", text_of("README.md")))


def test_recorded_attributes_are_documented():
    rows = re.findall(r"^\| (`.+?) \|", text_of("files.md").split("## Attributes")[1], re.MULTILINE)
    names = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert names >= set(ATTRIBUTE_TYPES)


def test_environment_variables_are_documented():
    documented = text_of("configuration.md") + text_of("running.md")
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "guild").rglob("*.py"))
    read = set(re.findall(r"environ(?:\.get\(|\[)\"([A-Z_]+)\"", source))
    names = read - _SYSTEM - _INTERNAL
    assert sorted(name for name in names if f"`{name}`" not in documented) == []


def test_configuration_keys_are_documented():
    documented = text_of("configuration.md")
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "guild").rglob("*.py"))
    keys = set(re.findall(r"config(?:uration)?(?:\([^()]*\))?\.get\(\s*\"([a-z-]+)\"", source))
    assert {"diff", "kill-delay", "system-metrics"} <= keys
    assert sorted(key for key in keys if f"`{key}" not in documented) == []


def test_modules_in_pages_exist():
    for page in PAGES:
        text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
        for name in re.findall(r"`(guild(?:\.[a-z_0-9]+)+)[`.]", text):
            path = ROOT / name.replace(".", "/")
            owner = path.parent  # a function of a module
            files = (path, path.with_suffix(".py"), owner.with_suffix(".py"), owner / "__init__.py")
            assert name in _NO_MODULES or any(file.exists() for file in files), (page.name, name)


def test_modules_of_the_layers_exist():
    text = text_of("architecture.md")
    tables = re.findall(r"^\| (?:layer|folder) \| holds \|$(.*?)^$", text, re.M | re.S)
    for folder, table in zip(("", "ops"), tables, strict=True):
        for row in table.strip().splitlines()[1:]:
            for name in re.findall(r"`(\w+)`", row.split("|")[1]):
                path = ROOT / "guild" / folder / name
                assert path.is_dir() or path.with_suffix(".py").exists(), name
