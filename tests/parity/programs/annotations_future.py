"""doc"""
from __future__ import annotations
import typing
value: int = 3
class A:
    b: Undefined
    def f(self, x: int = value) -> A: ...
print(__doc__, __annotations__, A.__annotations__, typing.get_type_hints(A.f))
