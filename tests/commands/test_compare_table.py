"""The interactive table of `guild compare` in a real terminal."""

from __future__ import annotations

import shutil
import time

import pytest
from support.runs import with_runs
from support.screen import Screen

from guild.testing.project import Project

SIZE = (24, 100)
DOWN, RIGHT = "\x1b[B", "\x1b[C"
SHOW_CURSOR, LEAVE_SCREEN = "\x1b[?25h", "\x1b[?1049l"


@pytest.fixture
def three(project) -> Project:
    made, make = with_runs(project)
    make(flags={"lr": 0.5}, scalars={"loss": [(1, 0.5), (2, 0.25)]})
    make(flags={"lr": 0.1}, scalars={"loss": 0.75})
    make("eval", flags={"lr": 1}, scalars={"loss": float("nan")}, exit_status=1)
    return made


def open_table(project: Project, *args: str) -> Screen:
    screen = Screen(project.terminal("compare", *args, size=SIZE), SIZE)
    screen.until("[0-9] runs")
    return screen


def quit_table(screen: Screen) -> None:
    """Quit, and check that the terminal is restored."""
    screen.child.send("q")
    assert screen.end() == 0
    assert screen.all.rindex(LEAVE_SCREEN) > screen.all.rindex("runs")
    assert screen.all.rindex(SHOW_CURSOR) > screen.all.rindex("\x1b[?25l")
    assert "Traceback" not in screen.all


def test_move_sort_filter_label_and_quit(three):
    screen = open_table(three)
    screen.until("last 0.25|last nan|loss' has no finite values")
    assert [line[2:10] for line in screen.lines[2:5]] == ["eccbc87e", "c81e728d", "c4ca4238"]
    screen.child.send(DOWN)
    screen.until("run: c81e728d")
    screen.child.send(RIGHT * 6 + "s")
    screen.until("lr▲")
    assert [line[2:10] for line in screen.lines[2:5]] == ["c81e728d", "c4ca4238", "eccbc87e"]
    screen.child.send("/loss < 0.5\r")
    screen.until("1 of 3 runs")
    screen.child.send("l" + "mine\r")
    screen.until("c4ca4238.* mine ")
    quit_table(screen)
    assert three.attr("label", 3) == "mine"


def test_delete_all_runs_while_shown(three):
    screen = open_table(three)
    shutil.rmtree(three.home / "runs")
    screen.child.send("\r" + "\x1b" + DOWN + "v" + RIGHT)
    screen.until("0 runs")
    quit_table(screen)


def test_delete_index_while_in_use(three):
    screen = open_table(three)
    shutil.rmtree(three.home / "cache")
    shutil.rmtree(three.run_dir(3))
    screen.until("2 runs")
    quit_table(screen)


def test_live_values_of_a_running_run(project):
    # The run waits for a file before it prints the next value, so timing does not matter.
    code = """
        import os, time
        for i in range(1, 4):
            while not os.path.exists(f"go-{i}"):
                time.sleep(0.05)
            print(f"loss: {i}", flush=True)
        time.sleep(600)
    """
    made = project({"train.py": code})
    made.run("run", "train.py", "-y", "--background").assert_ok()
    screen = open_table(made)
    screen.until("running")
    for i in range(1, 4):
        (made.run_dir() / f"go-{i}").touch()
        screen.until(rf"loss: {i}\.0 .* max {i}\.0")
    screen.child.send("xy")
    screen.until("0 runs")
    quit_table(screen)


def test_open_shell_and_return(three):
    three.env["SHELL"] = "/bin/sh"
    screen = open_table(three)
    screen.child.send("!")
    screen.until("Running a new shell")
    screen.child.send("echo in ${PWD##*/}\n")
    screen.until("in eccbc87e")
    screen.child.send("exit\n")
    screen.until("3 runs")
    screen.child.send(DOWN)
    screen.until("run: c81e728d")
    quit_table(screen)


def test_open_run_and_compare_source_code(three):
    three.write({"guild.py": "raise SystemExit('not this one')"})
    screen = open_table(three)
    three.env["PATH"] = ""
    screen.child.send("o")
    screen.until("Press Enter to return")
    assert "not this one" not in screen.text
    screen.child.send("\n")
    screen.until("3 runs")
    screen.child.send(" D")
    screen.until("Press Enter to return")
    screen.child.send("\n")
    screen.until("3 runs  1 selected")
    quit_table(screen)


def test_ctrl_c_quits(three):
    screen = open_table(three)
    screen.child.send("\x03")
    assert screen.end() == 0
    assert LEAVE_SCREEN in screen.all


def test_small_terminal(three):
    screen = Screen(three.terminal("compare", size=(8, 40)), (8, 40))
    screen.until("3 runs")
    screen.child.send(DOWN * 3 + RIGHT * 9)
    screen.until("loss")
    quit_table(screen)


def test_moving_the_cursor_sends_few_bytes(three):
    screen = open_table(three)
    time.sleep(1)
    screen.read()
    screen.child.send("i")  # without the pane
    time.sleep(0.5)
    screen.read()
    before = screen.received
    screen.child.send(DOWN)
    time.sleep(0.5)
    screen.read()
    assert 0 < screen.received - before < 1000


def test_report_invalid_options_on_one_line(three):
    screen = Screen(three.terminal("compare", "-c", "=", size=SIZE), SIZE)
    assert screen.end() == 1
    assert "guild: invalid col spec" in screen.all
    assert "Traceback" not in screen.all


def test_print_table_on_dumb_terminal(three):
    three.env["TERM"] = "dumb"
    child = three.terminal("compare", size=SIZE)
    text = child.read()
    assert "\x1b" not in text
    assert text.splitlines()[1].startswith("eccbc87e")


def test_keys_typed_ahead_reach_the_right_widget(three):
    screen = open_table(three)
    screen.child.send(DOWN + "l mine\r" + "/mine\r" + "ta b\r" + "x")
    screen.until("Delete run c81e728d")
    screen.child.send("n")
    screen.until("1 of 3 runs")
    quit_table(screen)
    assert [three.attr("label", n) for n in (1, 2, 3)] == [None, "mine", None]
    assert three.attr("tags", 2) == ["a", "b"]


def test_ctrl_c_quits_from_a_prompt(three):
    screen = open_table(three)
    screen.child.send("l\x03")
    assert screen.end() == 0
    assert three.attr("label") is None
