from __future__ import annotations

import dataclasses
import typing

value = 3


@dataclasses.dataclass(frozen=True, order=True)
class Config:
    lr: float = 0.1
    size: int = value
    names: list[str] = dataclasses.field(default_factory=list)


print(Config(), dataclasses.replace(Config(), lr=2), Config.__module__)
print(typing.get_type_hints(Config))
