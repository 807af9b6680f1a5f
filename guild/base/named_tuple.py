"""A `NamedTuple` whose classes are created in a fraction of the time.

`typing.NamedTuple` compiles a constructor for each class, and the modules of a run define fifty
classes: that would take longer than the run itself. Classes have the same attributes and methods
here. Only the constructor is slower, if it is called with keyword arguments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NamedTuple as NamedTuple
else:
    from collections import _tuplegetter

    class _Tuple(tuple):
        """The base of all classes."""

        __slots__ = ()
        _fields = ()
        _field_defaults = {}  # noqa: RUF012  # as in the standard library

        def __new__(cls, /, *values: object, **named: object) -> _Tuple:
            if named or len(values) != len(cls._fields):
                values = _bind(cls, values, named)
            return tuple.__new__(cls, values)

        @classmethod
        def _make(cls, values: Iterable[object]) -> _Tuple:
            return cls(*values)

        def _replace(self, /, **changes: object) -> _Tuple:
            return type(self)(**{**self._asdict(), **changes})

        __replace__ = _replace

        def _asdict(self) -> dict[str, object]:
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self) -> str:
            values = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
            return f"{type(self).__name__}({values})"

        def __getnewargs__(self) -> tuple[object, ...]:
            return tuple(self)

    def _bind(
        cls: type[_Tuple], values: tuple[object, ...], named: dict[str, object]
    ) -> list[object]:
        """Return the values of all fields. Raises TypeError for other arguments."""
        by_position = dict(zip(cls._fields, values, strict=False))
        bound = {**cls._field_defaults, **by_position, **named}
        if (
            len(values) > len(cls._fields)
            or len(bound) != len(cls._fields)
            or not by_position.keys().isdisjoint(named)
        ):
            raise TypeError(
                f"{cls.__name__}() takes {', '.join(cls._fields)} but got {len(values)} values"
                f"{''.join(f', {name}=' for name in named)}"
            )
        return [bound[name] for name in cls._fields]

    class _Definition(type):
        """The metaclass of class statements, whose result is an ordinary class."""

        def __new__(
            cls, name: str, bases: tuple[type, ...], namespace: dict[str, object]
        ) -> type[_Tuple]:
            fields = tuple(namespace.get("__annotations__", ()))
            defaults = {field: namespace.pop(field) for field in fields if field in namespace}
            namespace |= {field: _tuplegetter(i, None) for i, field in enumerate(fields)}
            namespace |= {
                "__slots__": (),
                "__match_args__": fields,
                "_fields": fields,
                "_field_defaults": defaults,
            }
            return type(name, (_Tuple,), namespace)

    NamedTuple = type.__new__(_Definition, "NamedTuple", (), {})
