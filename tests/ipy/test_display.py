"""Runs and batches as a notebook shows them."""

from __future__ import annotations

import subprocess
import sys

from guild import ipy
from guild.extend.observer import RunEnd
from guild.ipy import rich_display
from guild.launch.function_search import SearchOptions


def op(a, b="<x>"):
    print(f"loss: {a}")
    return a


def test_run_is_rendered_as_escaped_table():
    result = ipy.run(op, 2)
    html = result._repr_html_()
    assert html.startswith(f"<table><tr><th>run</th><td>{result.run.short_id}</td></tr>")
    assert "<tr><th>operation</th><td>op()</td></tr>" in html
    assert html.endswith(
        "<tr><th>a</th><td>2</td></tr><tr><th>b</th><td>&#x27;&lt;x&gt;&#x27;</td></tr>"
        "<tr><th>loss</th><td>2</td></tr></table>"
    )
    assert repr(result) == f"({result.run!r}, 2)"


def test_batch_is_rendered_as_table_of_runs():
    batch = ipy.run(op, a=[1, 2])
    html = batch._repr_html_()
    assert html.count("<tr>") == 3
    assert "<th>loss</th>" in html
    assert repr(batch) == f"({batch.runs!r}, [1, 2])"


def test_deleted_run_is_rendered_as_message():
    result = ipy.run(op, 1)
    ipy.runs().delete()
    short_id = result.run.short_id
    assert result._repr_html_() == f"<p>Run {short_id} no longer exists</p>"


def test_progress_bar_shows_the_best_trial(capsys):
    bar = rich_display._ProgressBar(SearchOptions(maximize="loss"))
    texts = []

    class Handle:
        def update(self, bar):
            texts.append(repr(bar))

    bar._name, bar._max_trials, bar._handle = "op", 3, Handle()
    for a in (1, 3, 2):
        bar.on_trial_end(RunEnd(ipy.run(op, a, b="x").run, 0), {})
    assert texts == [
        "1 of 3 trials, best loss=1 with a=1, b=x",
        "2 of 3 trials, best loss=3 with a=3, b=x",
        "3 of 3 trials, best loss=3 with a=3, b=x",
    ]
    assert '<progress value="3" max="3"' in bar._repr_html_()


def test_ipy_does_not_import_ipython():
    code = "import sys, guild.ipy; print('IPython' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert loaded.stdout == b"False\n"
