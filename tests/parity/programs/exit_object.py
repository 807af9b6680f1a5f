value = 3
raise SystemExit(("a", value))
