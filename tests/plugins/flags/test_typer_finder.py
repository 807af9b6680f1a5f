"""Flags of scripts that use typer, whose parameters are those of functions."""

from __future__ import annotations

import pytest

from guild.plugins.flags.typer_finder import TyperFinder
from guild.testing.flag_finders import FlagFinderContract

_APP = """
    import typer
    from typing import List, Optional
    from typing_extensions import Annotated
    app = typer.Typer()
    @app.command()
    def train(
        ctx: typer.Context,
        name: str,
        lr: float = 0.1,
        batch_size: Annotated[int, typer.Option("--batch-size", "-b", help="size")] = 32,
        fast: bool = False,
        cached: bool = True,
        comment: Optional[str] = typer.Option(None, help="hm"),
        tags: List[str] = [],
        out: Annotated[str, typer.Argument()] = "o",
    ):
        pass
    """
_START = """
    if __name__ == "__main__":
        app()
    """


def test_parameters_are_flags(inspect):
    result = inspect(_APP + _START)
    assert result.dest == "args"
    assert {
        flag.name: (flag.type, flag.default, flag.arg_name) for flag in result.flags.values()
    } == {
        "name": ("string", None, ""),
        "lr": ("float", 0.1, None),
        "batch-size": ("int", 32, None),
        "fast": ("boolean", False, None),
        "cached": ("boolean", True, "no-cached"),
        "comment": ("string", None, None),
        "tags": ("string", None, None),
        "out": ("string", "o", ""),
    }
    assert result.flags["name"].required
    assert result.flags["batch-size"].description == "size"


def test_run_with_a_single_function(defaults):
    assert defaults("import typer\ndef main(x: int = 1): ...\ntyper.run(main)\n") == {"x": 1}


@pytest.mark.parametrize(
    ("dest", "flags"),
    [("args", []), ("args:evaluate", ["n"]), ("args:data:fetch", ["url"])],
)
def test_subcommands(inspect, dest, flags):
    more = """
    @app.command()
    def evaluate(n: int = 1): ...
    data = typer.Typer()
    @data.callback()
    def shared(verbose: bool = False): ...
    @data.command("fetch")
    def fetch_data(url: str = "u"): ...
    app.add_typer(data, name="data")
    """
    assert list(inspect(_APP + more + _START, dest).flags) == flags


# -- Contract


class TestTyperFinder(FlagFinderContract):
    def make(self):
        return TyperFinder()

    def example(self):
        source = (
            "import typer\n"
            "app = typer.Typer()\n"
            "@app.command()\n"
            "def main(lr: float = 0.1, name: str = 'a', fast: bool = False): pass\n"
            "app()\n"
        )
        return source, {"lr": 0.1, "name": "a", "fast": False}
