import enum, pickle, collections, dataclasses, typing
value = 3
class Color(enum.Enum):
    RED = value
    BLUE = "b"
class NT(typing.NamedTuple):
    x: int = value
@dataclasses.dataclass(frozen=True, slots=True)
class DC:
    a: int = value
    b: list = dataclasses.field(default_factory=list)
P = collections.namedtuple("P", "a b")
for o in (Color.RED, NT(), DC(), P(1, 2), Color):
    s = pickle.dumps(o, 0)
    print(s)
    print(pickle.loads(s))
print(pickle.dumps(DC))
