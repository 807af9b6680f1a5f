"""Views of runs: the interactive table, curves, web pages and TensorBoard."""
