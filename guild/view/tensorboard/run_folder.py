"""What TensorBoard is shown of one run: event files, images and hyperparameters."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Iterator
from typing import NamedTuple

from guild.base import log
from guild.base.clock import to_seconds
from guild.flags import values
from guild.index.query import IndexedRun
from guild.scalars.event_file import EventFileWriter
from guild.scalars.events import summary_event
from guild.scalars.images import encode_image
from guild.scalars.read import event_files
from guild.scalars.summaries import (
    STATUS_FAILURE,
    STATUS_SUCCESS,
    HParam,
    hparams_end_value,
    hparams_values,
    image_value,
)
from guild.view.tensorboard.run_names import make_trial_name

MOST_IMAGES = 200

# A metric to sort runs by, among the system's: a script's own `time` is something else.
DURATION_TAG = "sys/time"

_IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".gif")
_UNENDED = ("running", "pending", "staged")


class Contents(NamedTuple):
    """What is shown of each run.

    Attributes:
        images: the images in the run directory.
        hparams: flags, source code and duration, for the table of hyperparameters.
        linked: event files are links to those of the run, and else copies.
    """

    images: bool = True
    hparams: bool = True
    linked: bool = True


class RunFolder:
    """The folder `path`, which `refresh` makes and keeps like the run.

    Scalars from the output are in the folder itself, as are those that the script wrote to
    the run directory; if there are both, the former are in `.guild`, so that two series of
    one name stay two. Event files in folders of the run are in folders of that name.
    """

    def __init__(self, path: str, contents: Contents = Contents()) -> None:  # noqa: B008  # frozen
        self._path = path
        self._contents = contents
        self._files: dict[str, str] = {}
        self._images: dict[str, tuple[int, int]] = {}
        self._versions: dict[str, int] = {}
        self._state: tuple[object, ...] | None = None
        self._begun = False
        self._ended = False

    def refresh(self, run: IndexedRun) -> None:
        """Take in what has changed in `run`; a run that has ended is not looked at again.

        Raises OSError where the folder cannot be written.
        """
        state = (run.status, run.started, run.stopped)
        if state == self._state and run.status != "running":
            return
        os.makedirs(self._path, exist_ok=True)
        self._take_event_files(run.path)
        with EventFileWriter(self._path) as writer:
            if self._contents.images:
                self._add_images(run, writer)
            if self._contents.hparams:
                self._add_session(run, writer)
        self._state = state

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self._path, ignore_errors=True)

    # -- Event files

    def _take_event_files(self, run_dir: str) -> None:
        wanted = dict(_event_files(run_dir))
        for place in self._files.keys() - wanted.keys():
            os.unlink(os.path.join(self._path, place))
        for place, source in wanted.items():
            if self._files.get(place) != source:
                self._take(os.path.join(run_dir, source), os.path.join(self._path, place))
        self._files = wanted

    def _take(self, source: str, target: str) -> None:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if self._contents.linked:
            os.symlink(source, target)
        else:
            shutil.copyfile(source, target)

    # -- Images

    def _add_images(self, run: IndexedRun, writer: EventFileWriter) -> None:
        """Add the images that are new or have changed, each version as a step."""
        for number, (name, path, stat) in enumerate(_images(run.path)):
            if number == MOST_IMAGES:
                if self._state is None:
                    log.warning(f"run {run.short_id}: only {MOST_IMAGES} of its images are shown")
                return
            stamp = (stat.st_mtime_ns, stat.st_size)
            if self._images.get(name) == stamp:
                continue
            self._images[name] = stamp
            try:
                image = encode_image(path)
            except (ValueError, OSError) as error:
                log.debug(f"run {run.short_id}: {name} is not shown: {error}")
                continue
            step = self._versions.get(name, 0)
            self._versions[name] = step + 1
            value = image_value(name, *image)
            writer.add_event(summary_event(stat.st_mtime_ns / 1e9, step, value))

    # -- Hyperparameters

    def _add_session(self, run: IndexedRun, writer: EventFileWriter) -> None:
        """Tell of the run's hyperparameters when it has started, and of its end.

        Which hyperparameters and metrics there are in all is left to TensorBoard to find: it
        would take it from one run, and runs differ.
        """
        if not self._begun and run.started is not None:
            started = to_seconds(run.started)
            _, start = hparams_values(_hparams(run), (), started, group=make_trial_name(run))
            writer.add_event(summary_event(started, 0, start))
            self._begun = True
        if self._begun and not self._ended and run.status not in _UNENDED:
            self._add_end(run, writer)
            self._ended = True

    def _add_end(self, run: IndexedRun, writer: EventFileWriter) -> None:
        assert run.started is not None
        ended = to_seconds(run.started if run.stopped is None else run.stopped)
        status = STATUS_SUCCESS if run.status == "completed" else STATUS_FAILURE
        writer.add_event(summary_event(ended, 0, hparams_end_value(status, ended)))
        if run.stopped is not None:
            writer.add_scalar(DURATION_TAG, to_seconds(run.stopped - run.started), 0, ended)


def _hparams(run: IndexedRun) -> dict[str, HParam]:
    """Flags and, unless a flag has that name, `sourcecode`: the source code's short digest."""
    found = {name: _hparam(value) for name, value in run.flags.items() if value is not None}
    digest = run.attrs.get("sourcecode_digest")
    if digest:
        found.setdefault("sourcecode", str(digest)[:8])
    return found


def _hparam(value: object) -> HParam:
    """`value`, or a text for what is no text, truth value or number of JSON."""
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)):
        try:
            number = float(value)
        except OverflowError:
            return str(value)
        return number if math.isfinite(number) else str(number)
    return values.encode(value)


def _event_files(run_dir: str) -> Iterator[tuple[str, str]]:
    """The event files of a run: where each is in the folder, and in the run."""
    found = list(event_files(run_dir))
    own = any("/" not in path for path in found)
    for path in found:
        yield (path if own else path.removeprefix(".guild/")), path


def _images(run_dir: str) -> Iterator[tuple[str, str, os.stat_result]]:
    """Name, path and state of the images in a run directory, in order of their names.

    What is linked into the run is an input, and not shown.
    """
    for folder, folders, names in os.walk(run_dir):
        folders[:] = sorted(name for name in folders if name != ".guild")
        for name in sorted(names):
            path = os.path.join(folder, name)
            if name.lower().endswith(_IMAGE_ENDINGS) and not os.path.islink(path):
                try:
                    yield os.path.relpath(path, run_dir), path, os.stat(path)
                except OSError:  # it has just gone
                    continue
