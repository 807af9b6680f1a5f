import typing, dataclasses
value: int = 3
x: "list[int]"
y: typing.Optional[str] = None
print(__annotations__, typing.get_type_hints(__import__("__main__")))
