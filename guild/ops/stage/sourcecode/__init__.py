"""Selection and copying of the source code of a run."""
