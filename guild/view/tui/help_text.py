"""The help text of the interactive table."""

from __future__ import annotations

TEXT = """\
Move
  arrows, Page Up, Page Down      move the cursor (also j and k)
  Home, End                       go to the first or last run (also g and G)
  Enter                           show full details of the run and its output
  i                               show or hide the details pane
  v                               draw the next scalar of the run

Find
  /                               filter as you type, by words or by an expression:
                                  loss < 0.5 and status = completed
  Escape                          clear the filter, then the selection
  s                               sort by the current column: lowest first,
                                  highest first, unsorted

Columns (saved per directory)
  c                               choose or add columns: max acc, =lr, .user
  -                               hide the current column

Runs (the selected runs, or else the current run)
  Space                           select or deselect the run (+)
  m                               mark or unmark (*)
  l, t                            label, tag
  x, Delete                       delete after confirmation; to undo this, use
                                  'guild runs restore'
  d                               compare two runs: two selected runs, or a selected
                                  run and the current run
  D                               compare the source code of two runs
  o                               open the run directory
  !                               open a shell in the run directory

Table
  r                               refresh (also automatic)
  ?                               show this help
  q                               quit
"""
