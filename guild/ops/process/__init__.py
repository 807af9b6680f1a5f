"""The process of a run: start, supervise, capture output, record the end."""
