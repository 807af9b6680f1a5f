value = 3
raise SystemExit(1, value)
