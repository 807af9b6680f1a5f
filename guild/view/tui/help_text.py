"""The help of the interactive table."""

from __future__ import annotations

TEXT = """\
Moving
  arrows, Page Up, Page Down      move the cursor; j and k too
  Home, End                       first and last run; g and G too
  Enter                           all there is to know of the run, and its output
  i                               show or hide the pane of the run below the cursor
  v                               draw the next scalar of the run

Finding
  /                               filter while you type: words to look for, or an
                                  expression: loss < 0.5 and status = completed
  Escape                          take the filter away, then the selection
  s                               sort by the column of the cursor: lowest first,
                                  highest first, not at all

Columns, which are remembered for the folder that you are in
  c                               choose columns, or add one: max acc, =lr, .user
  -                               hide the column of the cursor

Runs: those selected, else the one below the cursor
  Space                           select the run (+)
  m                               mark (*), or take the mark away
  l, t                            label, tag
  x, Delete                       delete, after a question; 'guild runs restore'
                                  brings runs back
  d                               in what two runs differ: two selected, or one and
                                  the one below the cursor
  D                               in what their source code differs
  o                               open the run directory with the system's program
  !                               a shell in the run directory

The table
  r                               look at the runs now; that also happens by itself
  ?                               this page
  q                               quit
"""
