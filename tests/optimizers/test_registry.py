"""Finding optimizers by name."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from guild.base.errors import GuildError
from guild.extend.optimizer import Trial
from guild.extend.search_space import Space
from guild.flags.functions import Uniform
from guild.optimizers.randomness import new_rng
from guild.optimizers.registry import find_optimizer, make_optimizer, option_values
from guild.optimizers.skopt_search import ForestSearch, GaussianProcessSearch, RandomSearch
from guild.optimizers.suggestion import next_trial

SPACE = Space.of({"lr": Uniform(0.0, 1.0), "opt": ["sgd", "adam"], "n": 3})

MIDDLE = """
    from dataclasses import dataclass

    from guild.flags.flagdef import FlagDef

    import helper

    @dataclass
    class Middle:
        "The middle of each range."

        options = (FlagDef("with-care", False, "Think twice", type="boolean"),)
        with_care: bool = True

        def suggest(self, space, history, rng):
            if len(history) == 2:
                return None
            return {"lr": helper.middle(space.dimensions["lr"]), "opt": "adam"}
"""
HELPER = """
    def middle(dimension):
        return (dimension.low + dimension.high) / 2
"""


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(dedent(text))


@pytest.mark.parametrize(
    ("name", "full_name", "cls"),
    [
        ("gp", "skopt:gp", GaussianProcessSearch),
        ("skopt:gp", "skopt:gp", GaussianProcessSearch),
        ("bayesian", "skopt:gp", GaussianProcessSearch),
        ("gaussian", "skopt:gp", GaussianProcessSearch),
        ("forest", "skopt:forest", ForestSearch),
        ("random", "skopt:random", RandomSearch),
    ],
)
def test_built_in_optimizers(tmp_path: Path, name: str, full_name: str, cls: type):
    kind = find_optimizer(name, tmp_path)
    assert kind.name == full_name
    assert type(make_optimizer(kind, option_values(kind, {}))) is cls


def test_options_and_defaults(tmp_path: Path):
    gp = find_optimizer("gp", tmp_path)
    assert option_values(gp, {}) == {
        "acq-func": "gp_hedge",
        "kappa": 1.96,
        "noise": "gaussian",
        "prev-trials": "batch",
        "random-starts": 3,
        "xi": 0.05,
    }
    given = option_values(gp, {"random-starts": "1", "noise": 0.1, "acq-func": "EI"})
    optimizer = make_optimizer(gp, given)
    assert isinstance(optimizer, GaussianProcessSearch)
    assert (optimizer.random_starts, optimizer.noise, optimizer.acq_func) == (1, 0.1, "EI")
    for name in ("forest", "gbrt"):
        assert option_values(find_optimizer(name, tmp_path), {}) == {
            "kappa": 1.96,
            "prev-trials": "batch",
            "random-starts": 3,
            "xi": 0.05,
        }
    assert option_values(find_optimizer("random", tmp_path), {}) == {}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"kapa": 1},
            "unsupported flag 'kapa' for optimizer skopt:gp; did you mean 'kappa'? - "
            "see 'guild run skopt:gp --help-op'",
        ),
        ({"random-starts": 1.5}, "invalid value 1.5 for random-starts: "),
        ({"random-starts": -1}, "invalid value -1 for random-starts: out of range"),
        ({"acq-func": "UCB"}, "invalid value 'UCB' for flag 'acq-func': supported values are LCB"),
        ({"prev-trials": "all"}, "invalid value 'all' for flag 'prev-trials': supported values"),
    ],
)
def test_rejects_invalid_options(tmp_path: Path, given: dict[str, object], message: str):
    with pytest.raises(GuildError) as error:
        option_values(find_optimizer("gp", tmp_path), given)
    assert error.value.message.startswith(message)


@pytest.mark.parametrize("name", ["middle.py:Middle", "middle:Middle"])
def test_class_of_the_project(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch):
    import sys

    write(tmp_path, "middle.py", MIDDLE)
    write(tmp_path, "helper.py", HELPER)
    path_before = list(sys.path)
    for module in ("middle", "helper"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    kind = find_optimizer(name, tmp_path)
    assert kind.description == "The middle of each range."
    optimizer = make_optimizer(kind, option_values(kind, {"with-care": "yes"}))
    assert optimizer.with_care is True
    rng = new_rng(1)
    flags = next_trial(name, optimizer, SPACE, [], rng)
    assert flags == {"lr": 0.5, "n": 3, "opt": "adam"}
    assert optimizer.basis(SPACE, [], 20) is None
    assert next_trial(name, optimizer, SPACE, [Trial(flags)] * 2, rng) is None
    assert sys.path == path_before


def test_class_of_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write(tmp_path, "middle.py", MIDDLE)
    write(tmp_path, "helper.py", HELPER)
    info = tmp_path / "searches-1.0.dist-info"
    info.mkdir()
    write(info, "METADATA", "Metadata-Version: 2.1\nName: searches\nVersion: 1.0\n")
    write(info, "entry_points.txt", "[guild.optimizers]\nmiddle = middle:Middle\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    kind = find_optimizer("middle", tmp_path / "elsewhere")
    assert kind.name == "middle"
    with pytest.raises(GuildError, match=r"^unknown optimizer 'midle'; did you mean 'middle'\?$"):
        find_optimizer("midle", tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("not supported", "unknown optimizer 'not supported'"),
        ("forst", "unknown optimizer 'forst'; did you mean 'forest'?"),
        ("skopt:bp", "unknown optimizer 'skopt:bp'; did you mean 'skopt:gp'?"),
        ("no_such_module:Search", "unknown optimizer 'no_such_module:Search'"),
        ("missing.py", "unknown optimizer 'missing.py'"),
        ("broken.py:Search", "cannot load optimizer broken.py:Search: NameError: name 'oops' "),
        (
            "fine.py:Serch",
            "cannot load optimizer fine.py:Serch: class 'Serch' not found in "
            "_guild_optimizer_fine; did you mean 'Search'?",
        ),
        (
            "fine.py:Search",
            "cannot load optimizer fine.py:Search: "
            "the class has no method suggest(space, history, rng)",
        ),
    ],
)
def test_rejects_unusable_names(tmp_path: Path, name: str, message: str):
    write(tmp_path, "broken.py", "\noops\n")
    write(tmp_path, "fine.py", "class Search: pass\n")
    with pytest.raises(GuildError) as error:
        find_optimizer(name, tmp_path)
    assert error.value.message.startswith(message)
    assert "\n" not in error.value.message


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ("{'lr': 5, 'opt': 'adam'}", "suggested lr=5; expected a value of [0.0:1.0]"),
        ("{'lr': 0.5, 'opt': 'x'}", "suggested opt='x'; expected a value of [sgd,adam]"),
        ("{'lr': 0.5}", "suggested no value for the flag 'opt'"),
        (
            "{'lr': 0.5, 'opt': 'sgd', 'm': 1}",
            "suggested the flag 'm'; expected one of n, lr, opt",
        ),
        ("[0.5]", "suggested [0.5]; expected a mapping of flag values"),
        ("1 / 0", "failed: ZeroDivisionError: division by zero (wrong.py:4)"),
    ],
)
def test_rejects_invalid_suggestions(tmp_path: Path, result: str, message: str):
    write(
        tmp_path,
        "wrong.py",
        f"""
        class Wrong:
            def suggest(self, space, history, rng):
                return {result}
        """,
    )
    optimizer = make_optimizer(find_optimizer("wrong.py:Wrong", tmp_path), {})
    with pytest.raises(GuildError) as error:
        next_trial("wrong.py:Wrong", optimizer, SPACE, [], new_rng(1))
    assert error.value.message == f"optimizer wrong.py:Wrong {message}"


def test_numpy_values_become_python_values(tmp_path: Path):
    write(
        tmp_path,
        "drawn.py",
        """
        class Drawn:
            def suggest(self, space, history, rng):
                return {"lr": rng.random_sample(1)[0], "opt": rng.choice(["sgd", "adam"])}
        """,
    )
    optimizer = make_optimizer(find_optimizer("drawn.py:Drawn", tmp_path), {})
    flags = next_trial("drawn.py:Drawn", optimizer, SPACE, [], new_rng(1))
    assert flags is not None
    assert {name: type(value) for name, value in flags.items()} == {
        "n": int,
        "lr": float,
        "opt": str,
    }
