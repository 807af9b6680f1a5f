"""Keys of the interactive table."""

from __future__ import annotations

import os
import shutil
import stat

import pytest
from support.privileges import permissions_count
from support.run_table import Table, use
from support.runs import RunMaker, with_runs

from guild.index.comparison_table import CompareOptions
from guild.index.query import RunQuery
from guild.run import Run
from guild.testing.project import Project


@pytest.fixture
def made(project) -> tuple[Project, RunMaker]:
    return with_runs(project)


@pytest.fixture
def three(made) -> Project:
    """Runs 1 (c4ca), 2 (c81e) and 3 (eccb). The latest run, 3, comes first in the table."""
    project, make = made
    make(flags={"lr": 0.1}, scalars={"loss": [(1, 0.5), (2, 0.25)], "acc": 0.5}, label="one")
    make(flags={"lr": 0.5}, scalars={"loss": float("nan")}, output="hello\n")
    make("eval", flags={"lr": 10}, scalars={"loss": 0.125}, exit_status=1)
    return project


WITHOUT_TIME_AND_STATUS = ["run", "operation", "started", "label", "lr", "step", "loss", "acc"]
LATEST_FIRST = ["eccbc87e", "c81e728d", "c4ca4238"]


def test_show_same_table_as_compare(three):
    async def steps(table: Table) -> None:
        assert table.title == "3 runs"
        printed = three.run("compare").out.splitlines()
        assert [line[2:] for line in table.lines] == printed

    use(three, steps, size=(120, 30))


def test_move_cursor_and_scroll_columns(three):
    async def steps(table: Table) -> None:
        assert (table.grid.current.run.id[:4], table.grid.column) == ("eccb", "run")
        await table.press("down", "down", "down", "right")
        assert (table.grid.current.run.id[:4], table.grid.column) == ("c4ca", "operation")
        await table.press("home", *["right"] * 20)
        assert (table.grid.current.run.id[:4], table.grid.column) == ("eccb", "acc")
        assert table.lines[0].split()[0] == "run"
        assert table.lines[0].split()[-1] == "acc"
        await table.press("end", "pageup", *["left"] * 20)
        assert (table.grid.current.run.id[:4], table.grid.column) == ("eccb", "run")

    use(three, steps, size=(60, 30))


def test_sort_in_both_directions_and_not_at_all(three):
    async def steps(table: Table) -> None:
        await table.go_to("lr")
        await table.press("s")
        assert table.ids == LATEST_FIRST[::-1]
        assert "lr▲" in table.lines[0]
        await table.press("s")
        assert table.ids == LATEST_FIRST
        assert "lr▼" in table.lines[0]
        await table.go_to("loss")
        await table.press("s", "s")
        assert table.ids == ["c4ca4238", "eccbc87e", "c81e728d"]  # NaN is last
        await table.press("s")
        assert table.ids == LATEST_FIRST
        assert "▲" not in table.lines[0]

    use(three, steps)


def test_cursor_stays_on_its_run(three):
    async def steps(table: Table) -> None:
        await table.go_to("lr")
        await table.press("end", "s")
        assert table.ids[0] == table.grid.current.run.short_id == "c4ca4238"

    use(three, steps)


def test_filter_by_words_while_typing(three):
    async def steps(table: Table) -> None:
        await table.press("slash")
        await table.type("ev")
        await table.until(lambda: table.ids == ["eccbc87e"])
        assert table.title == "1 of 3 runs  filter: ev"
        await table.press("enter", "s")  # the keys work in the table again
        assert table.title == "1 of 3 runs  filter: ev"
        await table.press("escape")
        await table.until(lambda: table.title == "3 runs")

    use(three, steps)


def test_incomplete_expression_keeps_previous_filter(three):
    async def steps(table: Table) -> None:
        await table.press("slash")
        await table.type("loss < 0.2")
        await table.until(lambda: table.ids == ["eccbc87e"])
        await table.type(" and lr <")
        await table.until(lambda: "(incomplete expression)" in table.title)
        assert table.ids == ["eccbc87e"]
        await table.press("enter")
        await table.until(lambda: any("unexpected end" in n.message for n in _notes(table)))
        await table.press("slash")
        await table.type(" 1")
        await table.until(lambda: table.ids == [])
        assert table.title == "0 of 3 runs  filter: loss < 0.2 and lr < 1"

    use(three, steps)


def _notes(table: Table) -> list:
    return list(table.app._notifications)


def test_apply_filters_of_the_command_line(three):
    async def steps(table: Table) -> None:
        assert table.ids == ["c81e728d", "c4ca4238"]

    use(three, steps, query=RunQuery(operations=("train",)))


def test_apply_order_and_limit_of_the_command_line(three):
    async def steps(table: Table) -> None:
        assert table.ids == ["c4ca4238", "c81e728d"]

    use(three, steps, options=CompareOptions(min="lr", limit=2))


def test_save_hidden_columns(three):
    async def hide(table: Table) -> None:
        await table.go_to("time")
        await table.press("minus", "minus")
        assert table.lines[0].split() == WITHOUT_TIME_AND_STATUS

    async def see(table: Table) -> None:
        assert table.lines[0].split() == WITHOUT_TIME_AND_STATUS

    async def see_all(table: Table) -> None:
        assert table.lines[0].split() == ["run", "time"]

    use(three, hide)
    use(three, see)
    use(three, see_all, options=CompareOptions(strict_columns=".time"))


def test_pick_columns_from_a_list(three):
    async def steps(table: Table) -> None:
        await table.press("c", "space", "down", "down", "space", "escape")
        assert table.lines[0].split()[:4] == ["run", "started", "status", "label"]
        await table.press("c", "space", "escape")
        assert table.lines[0].split()[:4] == ["run", "operation", "started", "status"]

    use(three, steps)


def test_add_and_save_a_column(three):
    async def add(table: Table) -> None:
        await table.press("c", "a")
        await table.type("min loss as best")
        await table.press("enter")
        await table.until(lambda: table.lines[0].split()[-1] == "best")

    async def see(table: Table) -> None:
        assert table.lines[0].split()[-1] == "best"

    use(three, add)
    use(three, see, size=(120, 30))


def test_report_invalid_column(three):
    async def steps(table: Table) -> None:
        await table.press("c", "a")
        await table.type("=")
        await table.press("enter")
        await table.until(lambda: any("invalid col spec" in n.message for n in _notes(table)))

    use(three, steps)


def test_report_columns_that_cannot_be_saved(three):
    blocked = three.path / "file"
    blocked.write_text("")

    async def steps(table: Table) -> None:
        await table.go_to("time")
        await table.press("minus")
        await table.until(
            lambda: any("cannot save the columns" in n.message for n in _notes(table))
        )
        assert "time" not in table.lines[0].split()

    use(three, steps, columns_file=blocked / "saved_columns.json")


def test_label_tag_and_mark_current_run(three):
    async def steps(table: Table) -> None:
        await table.press("end", "l")
        assert "Label of run c4ca4238:" in table.top
        await table.type(" more")
        await table.press("enter")
        await table.until(lambda: "one more" in table.lines[3])
        await table.press("t")
        await table.type("good -bad best")
        await table.press("enter")
        await table.until(lambda: "best, good" in table.top)
        await table.press("m")
        await table.until(lambda: table.lines[3].startswith(" *c4ca"))
        await table.press("m")
        await table.until(lambda: table.lines[3].startswith("  c4ca"))

    use(three, steps)
    assert three.attr("label", 3) == "one more"
    assert three.attr("tags", 3) == ["best", "good"]
    assert three.attr("marked", 3) is None


def test_canceled_prompts_change_nothing(three):
    async def steps(table: Table) -> None:
        for key in ("l", "t"):
            await table.press(key)
            await table.type("text")
            await table.press("escape")
        await table.press("x", "enter")
        await table.press("x", "n")
        assert table.title == "3 runs"

    use(three, steps)
    assert three.attr("label") is None
    assert three.attr("tags") is None
    assert len(three.runs()) == 3


def test_delete_selected_runs_after_confirmation(three):
    async def steps(table: Table) -> None:
        await table.press("space", "down", "space")
        assert table.title == "3 runs  2 selected"
        assert [line[:6] for line in table.lines[1:]] == ["+ eccb", "  c81e", "+ c4ca"]
        await table.press("x")
        assert "Delete 2 runs? (y/N)" in table.top
        assert "eccbc87e  eval  error" in table.top
        await table.press("y")
        await table.until(lambda: table.ids == ["c81e728d"])
        await table.until(lambda: table.title == "1 runs")

    use(three, steps)
    assert len(os.listdir(three.home / "trash" / "runs")) == 2


def test_clear_selection(three):
    async def steps(table: Table) -> None:
        await table.press("space", "escape")
        assert table.title == "3 runs"

    use(three, steps)


def test_compare_two_runs(three):
    async def steps(table: Table) -> None:
        await table.press("d")
        await table.until(lambda: any("Select two runs" in n.message for n in _notes(table)))
        await table.press("space", "d")
        lines = table.top.splitlines()
        assert lines[0] == "eccbc87e and c81e728d"
        assert "operation  eval                 train" in lines
        assert "lr         10                   0.5" in lines
        assert "step       1" in lines[lines.index("The same in both:") :]
        await table.press("escape")
        assert table.title.endswith("1 selected")

    use(three, steps)


def test_show_full_details_of_a_run(three):
    async def steps(table: Table) -> None:
        await table.press("down", "enter")
        await table.until(lambda: "Run c81e728d" in table.top)
        lines = table.top.splitlines()
        assert "  lr: 0.5" in lines
        assert any(line.startswith("  loss: last .nan (step 1)") for line in lines)
        assert lines[lines.index("output:") + 1] == "  hello"
        await table.press("pagedown", "end", "home", "q")
        assert "Run c81e728d" not in table.top

    use(three, steps)


def test_help_lists_every_key(three):
    async def steps(table: Table) -> None:
        await table.press("question_mark")
        words = set(table.top.replace(",", " ").split())
        assert words >= {"/", "c", "-", *"smltxdDo!riv?q", "Space", "Enter", "Escape"}

    use(three, steps)


def test_pane_shows_details_and_curve(three):
    async def steps(table: Table) -> None:
        await table.press("end")
        await table.until(lambda: "lr=0.1" in table.top and "0.25 (step 2)" in table.top)
        await table.until(lambda: "\nacc\n" in table.top)
        await table.press("v")
        await table.until(lambda: "\nloss\n" in table.top and "last 0.25" in table.top)
        await table.go_to("acc")
        await table.until(lambda: "\nacc\n" in table.top)
        await table.press("i")
        assert not table.app.query_one("DetailsPane").display

    use(three, steps)


def test_hide_pane_in_small_terminals(three):
    async def steps(table: Table) -> None:
        assert not table.app.query_one("DetailsPane").display
        assert table.ids == LATEST_FIRST

    use(three, steps, size=(40, 12))


def test_show_new_runs_and_values(made):
    project, make = made
    make()

    async def steps(table: Table) -> None:
        run = make(scalars={"loss": 0.5})
        await table.until(lambda: table.ids == ["c81e728d", "c4ca4238"])
        assert table.grid.current.run.short_id == "c4ca4238"
        make.write(run, ".guild/attrs/label", "changed")
        await table.until(lambda: "changed" in table.lines[1])

    use(project, steps)


def test_no_runs(made):
    project, _ = made

    async def steps(table: Table) -> None:
        assert table.title == "0 runs"
        await table.press("s", "space", "c", "escape", *"mltxdDviio", "enter", "minus", "down")
        assert table.title == "0 runs"

    use(project, steps)


def test_runs_deleted_by_another_process(three):
    async def steps(table: Table) -> None:
        await table.press("down")
        run = Run("", table.grid.current.run.path)
        await table.until(lambda: "c81e728d9d4c" in table.top)
        table.app._wakeup.clear()
        shutil.rmtree(run.path)
        await table.press("enter")
        await table.press("escape", "v", "right", "m", "l")
        await table.type("text")
        await table.press("enter")
        await table.until(lambda: table.ids == ["eccbc87e", "c4ca4238"])
        assert not os.path.exists(run.path)
        assert table.grid.current.run.short_id == "c4ca4238"

    use(three, steps)
    assert len(os.listdir(three.home / "runs")) == 2


def test_show_details_of_a_deleted_run(three):
    async def steps(table: Table) -> None:
        shutil.rmtree(table.grid.current.run.path)
        await table.press("enter")
        assert "This run no longer exists." in table.top or table.ids == LATEST_FIRST[1:]

    use(three, steps)


def test_report_failed_change(three):
    async def steps(table: Table) -> None:
        os.chmod(f"{table.grid.current.run.path}/.guild/attrs", stat.S_IRUSR | stat.S_IXUSR)
        await table.press("m")
        await table.until(lambda: any("cannot change run" in n.message for n in _notes(table)))

    with permissions_count():
        use(three, steps)


def test_show_warnings_as_notifications(made):
    project, make = made
    run = make()
    os.unlink(run.guild_path("opref"))

    async def steps(table: Table) -> None:
        await table.until(lambda: any("opref is missing" in n.message for n in _notes(table)))

    use(project, steps)


def test_control_characters_and_wide_characters(made):
    project, make = made
    make(label="[bold]x\x1b[31m\n日本語 text", flags={"a[b": "[/]"})

    async def steps(table: Table) -> None:
        assert "[bold]x\\x1b[31m\\n日本語 text" in table.lines[1]
        assert "a[b" in table.lines[0]
        await table.press("l")
        await table.press("escape", "c", "escape", "x", "n", "enter")
        await table.until(lambda: "Run c4ca4238" in table.top)

    use(project, steps, size=(120, 30))
