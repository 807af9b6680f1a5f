"""The folder of one run in a log directory: event files, images and hyperparameters."""

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
from guild.scalars.run_scalars import event_files
from guild.scalars.summaries import (
    STATUS_FAILURE,
    STATUS_SUCCESS,
    HParam,
    hparams_end_value,
    hparams_values,
    image_value,
)
from guild.view.tensorboard.run_names import make_trial_name

MAX_IMAGES = 200

# A system metric, so that it does not collide with a scalar `time` of the script.
DURATION_TAG = "sys/time"

_IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".gif")
_UNFINISHED = ("running", "pending", "staged")


class Contents(NamedTuple):
    """The parts of each run to show.

    Attributes:
        images: show the images in the run directory.
        hparams: show flags, source code digest and duration as hyperparameters and metrics.
        linked: link event files to those of the run instead of copying them.
    """

    images: bool = True
    hparams: bool = True
    linked: bool = True


class RunFolder:
    """A folder at `path` that shows one run, written by `refresh`.

    The folder itself holds the event files of the run directory, or else those with scalars
    found in the output. If the run has both, the latter go to `.guild`, so that series of the
    same name stay separate. Event files in subfolders of the run keep their subfolders.
    """

    def __init__(self, path: str, contents: Contents = Contents()) -> None:  # noqa: B008  # frozen
        self._path = path
        self._contents = contents
        self._files: dict[str, str] = {}
        self._images: dict[str, tuple[int, int]] = {}
        self._versions: dict[str, int] = {}
        self._state: tuple[object, ...] | None = None
        self._has_started = False
        self._has_ended = False

    def refresh(self, run: IndexedRun) -> None:
        """Add what has changed in `run`. A run that has ended is read only once.

        Raises OSError if the folder cannot be written.
        """
        state = (run.status, run.started, run.stopped)
        if state == self._state and run.status != "running":
            return
        os.makedirs(self._path, exist_ok=True)
        self._update_event_files(run.path)
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

    def _update_event_files(self, run_dir: str) -> None:
        files = dict(_event_files(run_dir))
        for target in self._files.keys() - files.keys():
            os.unlink(os.path.join(self._path, target))
        for target, source in files.items():
            if self._files.get(target) != source:
                self._add_file(os.path.join(run_dir, source), os.path.join(self._path, target))
        self._files = files

    def _add_file(self, source: str, target: str) -> None:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if self._contents.linked:
            os.symlink(source, target)
        else:
            shutil.copyfile(source, target)

    # -- Images

    def _add_images(self, run: IndexedRun, writer: EventFileWriter) -> None:
        """Add new and changed images, each version as a step."""
        for number, (name, path, stat) in enumerate(_images(run.path)):
            if number == MAX_IMAGES:
                if self._state is None:
                    log.warning(f"run {run.short_id}: only the first {MAX_IMAGES} images are shown")
                return
            stamp = (stat.st_mtime_ns, stat.st_size)
            if self._images.get(name) == stamp:
                continue
            self._images[name] = stamp
            try:
                image = encode_image(path)
            except (ValueError, OSError) as error:
                log.debug(f"run {run.short_id}: cannot show image {name}: {error}")
                continue
            step = self._versions.get(name, 0)
            self._versions[name] = step + 1
            value = image_value(name, *image)
            writer.add_event(summary_event(stat.st_mtime_ns / 1e9, step, value))

    # -- Hyperparameters

    def _add_session(self, run: IndexedRun, writer: EventFileWriter) -> None:
        """Add the hyperparameters once the run has started, and its status once it has ended.

        The list of all hyperparameters and metrics is left to TensorBoard. It would read such a
        list from a single run, but runs differ.
        """
        if not self._has_started and run.started is not None:
            started = to_seconds(run.started)
            _, start = hparams_values(_hparams(run), (), started, group=make_trial_name(run))
            writer.add_event(summary_event(started, 0, start))
            self._has_started = True
        if self._has_started and not self._has_ended and run.status not in _UNFINISHED:
            self._add_end(run, writer)
            self._has_ended = True

    def _add_end(self, run: IndexedRun, writer: EventFileWriter) -> None:
        assert run.started is not None
        ended = to_seconds(run.started if run.stopped is None else run.stopped)
        status = STATUS_SUCCESS if run.status == "completed" else STATUS_FAILURE
        writer.add_event(summary_event(ended, 0, hparams_end_value(status, ended)))
        if run.stopped is not None:
            writer.add_scalar(DURATION_TAG, to_seconds(run.stopped - run.started), 0, ended)


def _hparams(run: IndexedRun) -> dict[str, HParam]:
    """Return the flags, and the short source code digest as `sourcecode` unless it is a flag."""
    hparams = {name: _to_hparam(value) for name, value in run.flags.items() if value is not None}
    digest = run.attrs.get("sourcecode_digest")
    if digest:
        hparams.setdefault("sourcecode", str(digest)[:8])
    return hparams


def _to_hparam(value: object) -> HParam:
    """Return a string, boolean or finite number as it is, and any other value as a string."""
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
    """Yield target path in the folder and source path in the run of each event file."""
    paths = list(event_files(run_dir))
    has_own_files = any("/" not in path for path in paths)
    for path in paths:
        yield (path if has_own_files else path.removeprefix(".guild/")), path


def _images(run_dir: str) -> Iterator[tuple[str, str, os.stat_result]]:
    """Yield relative name, path and stat result of each image in a run directory, sorted.

    Links are skipped, because they are inputs of the run.
    """
    for folder, folders, names in os.walk(run_dir):
        folders[:] = sorted(name for name in folders if name != ".guild")
        for name in sorted(names):
            path = os.path.join(folder, name)
            if name.lower().endswith(_IMAGE_ENDINGS) and not os.path.islink(path):
                try:
                    yield os.path.relpath(path, run_dir), path, os.stat(path)
                except OSError:  # removed in the meantime
                    continue
