import contextlib, sys
value = 3
with contextlib.ExitStack() as s:
    s.callback(print, "closed")
    with contextlib.redirect_stdout(sys.stderr): print("to err")
    raise SystemExit(value)
