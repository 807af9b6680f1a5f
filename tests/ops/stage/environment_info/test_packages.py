"""Installed packages, listed like `pip freeze`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from guild.ops.stage.environment_info.packages import installed_packages


def install(site: Path, name: str, version: str, origin: object = None, kind: str = "dist") -> None:
    folder = site / f"{name.replace('-', '_')}-{version}.{kind}-info"
    folder.mkdir(parents=True)
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: x\n\nName: no\n"
    (folder / ("METADATA" if kind == "dist" else "PKG-INFO")).write_text(head)
    if origin is not None:
        (folder / "direct_url.json").write_text(json.dumps(origin))


def test_packages_are_listed_like_pip_freeze() -> None:
    freeze = subprocess.run(
        [sys.executable, "-m", "pip", "freeze"], capture_output=True, text=True, check=True
    )
    expected = [line for line in freeze.stdout.splitlines() if not line.startswith(("#", "-e"))]
    found = [line for line in installed_packages() if not line.startswith(("#", "-e"))]
    assert found == expected


def test_names_are_sorted_and_keep_their_spelling(tmp_path: Path) -> None:
    install(tmp_path, "PyYAML", "6.0")
    install(tmp_path, "absl-py", "2.1")
    install(tmp_path, "old", "1.0", kind="egg")
    install(tmp_path, "pip", "24")
    assert installed_packages([str(tmp_path)]) == ["absl-py==2.1", "old==1.0", "PyYAML==6.0"]


def test_first_package_on_the_path_wins(tmp_path: Path) -> None:
    install(tmp_path / "a", "my_pkg", "1.0")
    install(tmp_path / "b", "My-Pkg", "2.0")
    assert installed_packages([str(tmp_path / "a"), str(tmp_path / "b")]) == ["my_pkg==1.0"]


def test_origin_of_a_package(tmp_path: Path) -> None:
    install(tmp_path, "a", "1", {"url": "https://ann:pw@h/a.whl", "archive_info": {}})
    install(tmp_path, "b", "1", {"url": "file:///home/my%20b", "dir_info": {"editable": True}})
    install(
        tmp_path, "c", "1", {"url": "https://h/c", "vcs_info": {"vcs": "git", "commit_id": "f00"}}
    )
    install(tmp_path, "d", "1", ["no", "mapping"])
    assert installed_packages([str(tmp_path)]) == [
        "a @ https://ann:***@h/a.whl",
        "-e /home/my b",
        "c @ git+https://h/c@f00",
        "d==1",
    ]


def test_broken_metadata_is_skipped(tmp_path: Path) -> None:
    install(tmp_path, "good", "1")
    (tmp_path / "empty-1.dist-info").mkdir()
    (tmp_path / "bad-1.dist-info").mkdir()
    (tmp_path / "bad-1.dist-info" / "METADATA").write_bytes(b"Name: \xff\n")
    (tmp_path / "link.egg-link").write_text("/somewhere\n.")
    assert installed_packages([str(tmp_path), str(tmp_path / "none"), __file__]) == ["good==1"]
