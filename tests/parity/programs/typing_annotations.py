from typing import ClassVar, Generic, Optional, TypeVar

value: int = 3
name: "Optional[str]" = None
undefined: list[int]
T = TypeVar("T")


class Box(Generic[T]):
    kind: ClassVar[int] = value


print(__annotations__, Box[int], Box.__annotations__, T.__module__)
