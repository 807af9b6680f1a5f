"""Secrets are recognized by name and by form; ordinary values are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guild.base.secrets import public_environ, redact

# built from parts, so that no scanner takes this file for a leak
SECRET = "s3cr3t" + "-value-9"
TOKENS = [
    "ghp_" + "a1B2" * 9,
    "gho_" + "a1B2" * 9,
    "github_pat_" + "11ABC_" * 6,
    "sk-" + "a1B2" * 12,
    "sk-" + "proj-" + "a1B2_-" * 8,
    "sk-" + "ant-api03-" + "a1B2" * 12,
    "xoxb-" + "123456789012-" + "abcDEF",
    "AKIA" + "ABCDEFGHIJ234567",
    "ASIA" + "ABCDEFGHIJ234567",
    "AIza" + "Sy" + "a1B2-" * 7,
    "glpat-" + "a1B2" * 5,
    "hf_" + "aBcD" * 9,
    "npm_" + "a1B2" * 9,
    "eyJ" + "hbGciOiJI" + ".eyJ" + "zdWIiOiIx" + ".c2lnbmF0dXJl",
]
SECRET_NAMES = [
    "WANDB_API_KEY",
    "OPENAI_API_KEY",
    "COMET_KEY",
    "MLFLOW_TRACKING_PASSWORD",
    "PGPASSWORD",
    "MYSQL_PWD",
    "DB_PASS",
    "GITHUB_TOKEN",
    "GITHUBTOKEN",
    "HF_TOKEN",
    "githubToken",
    "db_passwd",
    "CLIENT_SECRET",
    "SECRET_KEY_BASE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION",
    "AZURE_CREDENTIALS",
    "GCP_CREDS",
    "SSH_PRIVATE_KEY",
    "PRIVATE_KEY_PEM",
    "NPM_AUTH",
    "REDIS_AUTH",
    "SESSION_COOKIE",
    "FLASK_SESSION",
    "GITHUB_PAT",
    "MY_APIKEY",
    "API_KEYS",
    "my-api-key",
    "ACCESS_KEY_1",
    "PASSWORD2",
]
ORDINARY = {
    "PATH": "/usr/local/bin:/usr/bin",
    "HOME": "/home/ann",
    "PWD": "/home/ann/project",
    "OLDPWD": "/home/ann",
    "LS_COLORS": "rs=0:di=01;34:ln=01;36:*.tar=01;31:*.key=00;33",
    "SSH_AUTH_SOCK": "/run/user/1000/ssh-agent.sock",
    "SSH_ASKPASS": "/usr/bin/ksshaskpass",
    "XAUTHORITY": "/home/ann/.Xauthority",
    "DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/user/1000/bus",
    "DESKTOP_SESSION": "plasma",
    "XDG_SESSION_ID": "3",
    "SESSION_MANAGER": "local/box:@/tmp/.ICE-unix/1",
    "TERM_SESSION_ID": "w0t0p0:0C2E",
    "REQUESTS_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt",
    "AWS_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt",
    "AWS_REGION": "eu-central-1",
    "SSL_CERT_FILE": "/etc/ssl/cert.pem",
    "TOKENIZERS_PARALLELISM": "false",
    "GOOGLE_APPLICATION_CREDENTIALS": "/home/ann/key.json",
    "MAX_TOKENS": "512",
    "KEYBOARD": "de",
    "MONKEY": "george",
    "KEYMAP": "us",
    "BYPASS": "yes",
    "PASSENGERS": "3",
    "GIT_AUTHOR_NAME": "Ann",
    "SECRETARY": "Bob",
    "COMPASS": "north",
    "HTTP_PROXY": "http://proxy.example.com:8080",
    "INDEX": "https://pypi.example.com:443/simple/a@b",
    "OPTIONS": "task-1234567890123456 disk-a1b2c3d4e5f6a7b8c9 sk-learn",
    "PYTHONHASHSEED": "0",
    "DIGEST": "a17a8625d62d51b51264a0a4757fefa8",
    "npm_config_user_agent": "npm/10 node/v20 npm_config_cache_directory",
    "EMPTY": "",
}


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_removed_by_name(name: str) -> None:
    assert public_environ({name: SECRET, "A": "b"}) == {"A": "b"}


@pytest.mark.parametrize("token", TOKENS)
def test_removed_by_value(token: str) -> None:
    assert public_environ({"INNOCENT": token, "A": "b"}) == {"A": "b"}
    assert redact(f"run --with {token} -x '{token}'") == "run --with *** -x '***'"


def test_ordinary_variables_stay_as_they_are() -> None:
    assert public_environ(ORDINARY) == ORDINARY


def test_a_secret_known_by_name_is_not_told_by_another_variable() -> None:
    environ = {"MY_TOKEN": SECRET, "ARGS": f"--with {SECRET} -v", "COPY": SECRET}
    assert public_environ(environ) == {"ARGS": "--with *** -v"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgres://ann:pw@db.example.com/x", "postgres://ann:***@db.example.com/x"),
        ("postgres://ann:p@ss/w:rd@db/x", "postgres://ann:***@db/x"),
        ("redis://:12345@cache:6379/0", "redis://:***@cache:6379/0"),
        ("git+https://ann:pw@host/r.git@v1", "git+https://ann:***@v1"),
        ("http://localhost:8080/ann@example.com", "http://localhost:8080/ann@example.com"),
        ("https://0123456789abcdef0123@o1.example.com/2", "https://***@o1.example.com/2"),
        ("ssh://git@example.com/r", "ssh://git@example.com/r"),
        ("host=db password=pw user=ann", "host=db password=*** user=ann"),
        ("Server=db;Pwd='a b';Uid=ann", "Server=db;Pwd=***;Uid=ann"),
        ("AccountName=a;AccountKey=abc+/==;E=x", "AccountName=a;AccountKey=***;E=x"),
        ("train.py --api-key abc --lr 0.1", "train.py --api-key *** --lr 0.1"),
        ("train.py --db-password=abc --lr=0.1", "train.py --db-password=*** --lr=0.1"),
        ("train.py --pad_token=x --tokens 5", "train.py --pad_token=x --tokens 5"),
        ("curl -H 'Authorization: Bearer abcdefghijklmnop'", "curl -H 'Authorization: Bearer ***'"),
        ("https://h/?token=abc&x=1", "https://h/?token=***&x=1"),
    ],
)
def test_part_of_a_text(text: str, expected: str) -> None:
    assert redact(text) == expected


def test_a_private_key_goes_whole() -> None:
    kind = "RSA PRIVATE" + " KEY"
    key = f"-----BEGIN {kind}-----\nMIIabc\ndef=\n-----END {kind}-----"
    assert redact(f"a {key} b") == "a *** b"
    assert redact(f"a {key[:40]}") == "a ***"


@given(st.text(max_size=200))
def test_any_text_can_be_redacted_and_is_then_left_alone(text: str) -> None:
    once = redact(text)
    assert redact(once) == once
