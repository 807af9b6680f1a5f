"""Extensions by name: built in, or from installed packages that declare an entry point."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from guild.base.errors import GuildError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

T = TypeVar("T")


class Registry(Generic[T]):
    """The extensions of one extension point; each is loaded when it is first used.

    Attributes:
        what: the extension point as messages call it: `flag finder`.
        group: the entry-point group in which packages declare theirs: `guild.flags`.
    """

    def __init__(
        self, what: str, group: str, contract: type[T], built_in: Mapping[str, str]
    ) -> None:
        """`built_in` maps names to `module:class`; each class implements `contract`."""
        self.what = what
        self.group = group
        self._contract = contract
        self._built_in = built_in
        self._loaded: dict[str, T] = {}

    def get(self, name: str) -> T | None:
        """Return the extension `name`, or None if no such extension exists.

        A built-in extension wins over an installed one of the same name.
        Raises GuildError if it cannot be loaded or does not implement the contract.
        """
        if name not in self._loaded:
            extension_class = self.find_class(name)
            if extension_class is None:
                return None
            self._loaded[name] = self.create(name, extension_class)
        return self._loaded[name]

    def find_class(self, name: str) -> Any:
        """Return the class of the extension `name`, or None if no such extension exists.

        Raises GuildError if it cannot be loaded.
        """
        if name in self._built_in:
            module, _, attr = self._built_in[name].partition(":")
            return getattr(importlib.import_module(module), attr)
        point = self._installed().get(name)
        if point is None:
            return None
        try:
            return point.load()
        except Exception as error:  # an installed package may raise anything
            raise self._load_error(name, error) from error

    def built_in_names(self) -> list[str]:
        """Return the names of the built-in extensions in the order of their table."""
        return list(self._built_in)

    def names(self) -> list[str]:
        """Return the names of all extensions: built-in ones first, then installed ones."""
        return [*self._built_in, *(n for n in sorted(self._installed()) if n not in self._built_in)]

    def all(self) -> Iterator[T]:
        """Yield every extension in the order of `names`. Raises GuildError as `get` does.

        Installed packages are searched only if the caller goes past the built-in extensions.
        """
        for name in self._built_in:
            yield self._existing(name)
        for name in sorted(self._installed()):
            if name not in self._built_in:
                yield self._existing(name)

    def _existing(self, name: str) -> T:
        extension = self.get(name)
        assert extension is not None
        return extension

    def _installed(self) -> Mapping[str, EntryPoint]:
        from importlib.metadata import entry_points

        return {point.name: point for point in entry_points(group=self.group)}

    def create(self, name: str, factory: Callable[[], Any]) -> T:
        """Return the extension that `factory` creates for `name`.

        Raises GuildError if `factory` fails or its result does not implement the contract.
        """
        try:
            extension = factory()
        except Exception as error:
            raise self._load_error(name, error) from error
        if not isinstance(extension, self._contract):
            raise GuildError(
                f"cannot load {self.what} '{name}': {type(extension).__name__} "
                f"does not implement {self._contract.__name__}"
            )
        return extension

    def _load_error(self, name: str, error: Exception) -> GuildError:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return GuildError(f"cannot load {self.what} '{name}': {reason}")
