"""An optimizer that fails before it has started a trial."""

raise RuntimeError("no trials today")
