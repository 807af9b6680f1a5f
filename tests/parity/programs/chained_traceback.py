value = 3


def inner():
    return {}["missing"]


def outer():
    try:
        inner()
    except KeyError as error:
        raise RuntimeError(f"outer {value}") from error


try:
    outer()
except RuntimeError:
    raise SystemError("while handling")
