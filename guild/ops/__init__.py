"""One run: request, resolve, plan, stage, start, source code, dependencies, output."""
