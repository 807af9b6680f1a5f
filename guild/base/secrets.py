"""Redaction of secrets, which are recognized by the name of a variable or by their form.

Omitting a harmless variable costs little, while recording a secret gives it away. An ordinary
environment is kept complete all the same: names are judged by their words, so that neither
`MONKEY` nor `TOKENIZERS_PARALLELISM` counts as a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from guild.base.named_tuple import NamedTuple

REDACTED = "***"

_SECRET_WORDS = frozenset(
    (
        *("auth", "authorization", "bearer", "cookie", "cookies", "cred", "creds"),
        *("credential", "credentials", "jwt", "otp", "pass", "passcode", "passphrase", "passwd"),
        *("password", "passwords", "pat", "psk", "pw", "pwd", "secret", "secrets", "session"),
        *("sessid", "token", "tokens", "apikey", "apikeys"),
    )
)
# Several words written as one: `PGPASSWORD`, `GITHUBTOKEN`.
_SECRET_ENDINGS = ("password", "passwd", "secret", "token", "apikey", "privatekey", "accesskey")
_BEFORE_KEY = frozenset(("api", "access", "secret", "private", "auth", "signing", "encryption"))

_ORDINARY = frozenset(("PWD", "OLDPWD", "INIT_PWD", "SESSION_MANAGER"))
_ORDINARY_SESSIONS = frozenset(
    ("xdg", "dbus", "desktop", "gnome", "kde", "gdm", "term", "iterm", "warp", "zellij", "tmux")
)
_ORDINARY_AWS = frozenset(
    (
        *("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"),
        *("AWS_DEFAULT_OUTPUT", "AWS_CA_BUNDLE", "AWS_CONFIG_FILE", "AWS_EXECUTION_ENV"),
        *("AWS_SHARED_CREDENTIALS_FILE",),
    )
)
_PATH_ENDINGS = frozenset(("file", "path", "dir", "home", "sock", "socket", "bundle", "cert"))
_NAMES_OF_PATHS = frozenset(("GOOGLE_APPLICATION_CREDENTIALS",))
_QUANTITIES = frozenset(("max", "min", "num", "n", "limit", "count", "size", "length", "per"))
_SWITCHES = frozenset(("", "0", "1", "true", "false", "yes", "no", "on", "off", "none"))
_MIN_VALUE_LENGTH = 8

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")

_CREDENTIAL = (
    r"(?:[a-z0-9]+[_-])*(?:password|passwd|pwd|passphrase|secret|api[_-]?key|secret[_-]?key"
    r"|access[_-]?key|account[_-]?key|shared[_-]?access[_-]?key|private[_-]?key"
    r"|(?:access|auth|api|private|refresh|session|bearer|id)[_-]?token)|token|sig"
)
_ASSIGNED = ("password=", "passwd=", "pwd=", "passphrase=", "secret=", "key=", "token=", "sig=")
_VALUE = r"""(?:"[^"]*"|'[^']*'|\{[^}]*\}|[^\s;&,"']+)"""


class _Form(NamedTuple):
    """The form of one kind of secret.

    Attributes:
        hints: lowercase strings; the pattern is used only if one of them occurs.
        pattern: a regular expression with two groups, which surround the secret and stay.
    """

    hints: tuple[str, ...]
    pattern: str


_PRIVATE_KEY = _Form(
    ("private key-----",),
    r"(?s)()-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)()",
)
_TOKENS = (
    # GitHub
    _Form(("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"gh[a-z]_[A-Za-z0-9]{20,}"),
    _Form(("github_pat_",), r"github_pat_\w{20,}"),
    # GitLab
    _Form(("glpat-", "gldt-", "glrt-", "glcbt-", "glptt-"), r"gl[a-z]{2,8}-[\w-]{16,}"),
    # OpenAI, Anthropic
    _Form(("sk-",), r"sk-(?=[\w-]*\d)[\w-]{16,}"),
    # Stripe
    _Form(("k_live_", "k_test_"), r"[prs]k_(?:live|test)_\w{10,}"),
    # Slack
    _Form(("xox", "xapp-"), r"(?:xox[a-z]|xapp)-[\w-]{10,}"),
    # AWS
    _Form(("akia", "asia", "abia", "acca"), r"A(?:KI|SI|BI|CC)A[A-Z0-9]{16}(?![A-Za-z0-9])"),
    # Google
    _Form(("aiza", "ya29.", "gocspx-"), r"(?:AIza|ya29\.|GOCSPX-)[\w-]{20,}"),
    # Hugging Face, npm, PyPI, DigitalOcean, SendGrid
    _Form(("hf_", "npm_"), r"(?:hf|npm)_[A-Za-z0-9]{20,}"),
    _Form(("pypi-",), r"pypi-[\w-]{40,}"),
    _Form(("dop_v1_",), r"dop_v1_[a-f0-9]{40,}"),
    _Form(("sg.",), r"SG\.[\w-]{16,}\.[\w-]{16,}"),
    # JSON Web Token
    _Form(("eyj",), r"eyJ[\w-]{6,}\.[\w-]{6,}\.[\w-]*"),
)
_IN_CONTEXT = (
    # URL with a password; digits up to a `/` are a port
    _Form(("@",), r"""(://[^\s/:@?#"']*:)(?!\d{1,5}(?:[/?#,]|$))[^\s"']+(@)"""),
    # URL with a token for a user
    _Form(("@",), r"""(://)[^\s/:@?#"']{20,}(@)"""),
    _Form(("hooks.slack.com",), r"(hooks\.slack\.com/services/)[\w/]+()"),
    _Form(("bearer ", "basic "), r"(?i)\b((?:bearer|basic) +)[\w+/=.~-]{16,}()"),
    _Form(_ASSIGNED, rf"(?i)(?<![a-z0-9_])((?:{_CREDENTIAL})=){_VALUE}()"),
    _Form(("--",), rf"(?i)(?<![^\s'\"])(--(?:{_CREDENTIAL}) +)(?!-){_VALUE}()"),
)
_FORMS = (
    _PRIVATE_KEY,
    *(_Form(hints, rf"(?<![A-Za-z0-9_])(){pattern}()") for hints, pattern in _TOKENS),
    *_IN_CONTEXT,
)


def public_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without variables that are secrets.

    Secrets within the values of other variables are replaced by `***`.
    """
    secret = {name: value for name, value in environ.items() if is_secret_name(name, value)}
    values = _long_values(secret.values())
    public = {name: value for name, value in environ.items() if name not in secret}
    forms = _forms_in("\n".join(public.values()))
    public = {name: _redact(value, values, forms) for name, value in public.items()}
    return {name: value for name, value in public.items() if value != REDACTED}


def environment_secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values of variables with secret names, longest first, to pass to `redact`.

    Short values are omitted, since they may occur in any string.
    """
    return _long_values(value for name, value in environ.items() if is_secret_name(name, value))


def _long_values(values: Iterable[str]) -> tuple[str, ...]:
    usable = {value for value in values if len(value) >= _MIN_VALUE_LENGTH}
    return tuple(sorted(usable, key=lambda value: (-len(value), value)))


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Replace each secret in `text` by `***` and return the result.

    Secrets are tokens of well-known forms, private keys, passwords in URLs and connection
    strings, and the strings in `secrets`.
    """
    return _redact(text, secrets, _FORMS)


def _redact(text: str, secrets: Iterable[str], forms: Iterable[_Form]) -> str:
    for value in secrets:
        text = text.replace(value, REDACTED)
    for form in _forms_in(text, forms):
        text = re.sub(form.pattern, rf"\g<1>{REDACTED}\g<2>", text)
    return text


def _forms_in(text: str, forms: Iterable[_Form] = _FORMS) -> list[_Form]:
    """Return those of `forms` with a hint in `text`.

    Compiling an expression takes longer than searching for a hint, and most strings lack all.
    """
    lowered = text.lower()
    return [form for form in forms if any(hint in lowered for hint in form.hints)]


def is_secret_name(name: str, value: str) -> bool:
    """Return whether the name of a variable suggests a secret and `value` can be one."""
    if name in _ORDINARY or name in _ORDINARY_AWS or value.lower() in _SWITCHES:
        return False
    words = [word.lower() for word in _WORD.findall(name)]
    if not (name.startswith("AWS_") or _has_secret_word(words)):
        return False
    if value.startswith(("/", "~", "./", "../")):
        return words[-1] not in _PATH_ENDINGS and name not in _NAMES_OF_PATHS
    return not (value.isdigit() and not _QUANTITIES.isdisjoint(words))


def _has_secret_word(words: list[str]) -> bool:
    if "session" in words and not _ORDINARY_SESSIONS.isdisjoint(words):
        return False
    if any(word in _SECRET_WORDS or word.endswith(_SECRET_ENDINGS) for word in words):
        return True
    return words[-1:] in (["key"], ["keys"]) or any(
        before in _BEFORE_KEY and word in ("key", "keys") for before, word in pairwise(words)
    )


def argument_secrets(args: Sequence[str]) -> tuple[str, ...]:
    """Return the values in a command line that are secret by name, the longest first.

    `NAME=VALUE`, `--NAME=VALUE` and `--NAME VALUE` assign a value to a name. The items of a list
    and what quotes enclose are included.
    """
    values: set[str] = set()
    for before, arg in zip(("", *args), args, strict=False):
        name, separator, value = arg.partition("=")
        if not separator and before.startswith("-") and "=" not in before:
            name, value = before, arg
        if value and is_secret_name(name.lstrip("-"), value):
            parts = [part.strip("'\"") for part in re.split(r"[\[\],\s]+", value)]
            values |= {value, *(part for part in parts if len(part) >= _MIN_PART_LENGTH)}
    return tuple(sorted(values, key=lambda value: (-len(value), value)))


_MIN_PART_LENGTH = 4
