"""The observers of a batch: the caller's and those of installed packages."""

from __future__ import annotations

from collections.abc import Callable

from guild.base.errors import GuildError
from guild.extend.observer import OBSERVERS, RunObserver


class Observers:
    """The caller's observer together with one of each installed package.

    An installed observer that raises an exception is dropped with a warning.
    """

    def __init__(self, observer: RunObserver) -> None:
        self._observer = observer
        self._installed: dict[str, RunObserver] = {}
        for name in OBSERVERS.names():
            try:
                self._installed[name] = OBSERVERS.create(name, OBSERVERS.find_class(name))
            except GuildError as error:
                observer.on_warning(error.message)

    @property
    def interval(self) -> float | None:
        """Return the shortest interval of the observers, or None."""
        observers = [self._observer, *self._installed.values()]
        return min((o.interval for o in observers if o.interval is not None), default=None)

    def notify(self, call: Callable[[RunObserver], None]) -> None:
        """Make `call` with each observer."""
        call(self._observer)
        for name, observer in list(self._installed.items()):
            try:
                call(observer)
            except Exception as error:  # an installed package may raise anything
                del self._installed[name]
                reason = f"{type(error).__name__}: {error}"
                self._observer.on_warning(f"observer '{name}' is disabled: {reason}")
