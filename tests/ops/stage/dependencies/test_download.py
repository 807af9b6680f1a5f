from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from guild.runs import manifest
from guild.testing.project import Project

Make = Callable[..., Project]

SHA256_OF_ONE = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"


def unmet(url: str) -> str:
    """Return the start of the error for a URL that cannot be downloaded."""
    return (
        f"run failed because a dependency was not met: could not resolve 'url:{url}' in "
        f"url:{url} resource: cannot download {url}: "
    )


class Site:
    """Files by their paths, served on this machine.

    Attributes:
        requests: the requested paths.
        cut: number of bytes that are missing at the end of each response.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.cut = 0
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.requests.append(self.path)
                data = site.files.get(self.path)
                if data is None:
                    self.send_error(404, "Not Found")
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data[: len(data) - site.cut])

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever)
    thread.start()
    yield site
    site.server.shutdown()
    thread.join()
    site.server.server_close()


def requiring(project: Make, source: str) -> Project:
    """A project with an operation `cat` that requires one source and prints its files."""
    made = project({})
    made.write({"guild.yml": f"cat: {{exec: sh -c 'cat *', sourcecode: no, requires: {source}}}"})
    made.env["no_proxy"] = "127.0.0.1"
    return made


def test_url_is_downloaded_once(project: Make, site: Site) -> None:
    site.files["/one%20x.txt"] = b"1"
    url = f"{site.url}/one%20x.txt"
    made = requiring(project, f"{{url: '{url}'}}")
    made.run("run", "cat", "-y").assert_ok().assert_out("1").assert_err(
        f"Resolving url:{url}\nDownloading {url}"
    )
    assert manifest.read_entries(made.run_dir()) == (
        manifest.ManifestEntry(
            "d", "one x.txt", "356a192b7913b04c54574d18c28d46e6395428ab", url, "one x.txt"
        ),
    )
    made.run("run", "cat", "-y").assert_ok().assert_out("1").assert_err(f"Resolving url:{url}")
    made.run("run", "--proto", "1", "-y").assert_ok().assert_out("1")
    assert site.requests == ["/one%20x.txt"]


def test_always_resolve_downloads_again(project: Make, site: Site) -> None:
    site.files["/x"] = b"1"
    made = requiring(project, f"{{url: '{site.url}/x', always-resolve: yes}}")
    made.run("run", "cat", "-y").assert_out("1")
    site.files["/x"] = b"2"
    made.run("run", "cat", "-y").assert_out("2")


def test_wrong_digest_is_reported_and_downloaded_again(project: Make, site: Site) -> None:
    site.files["/x"] = b"2"
    made = requiring(project, f"{{url: '{site.url}/x', sha256: {SHA256_OF_ONE}}}")
    failed = made.run("run", "cat", "-y")
    assert failed.exit_code == 1
    assert failed.err.splitlines()[-1].endswith(
        f": expected {SHA256_OF_ONE} but got "
        f"d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35"
    )
    site.files["/x"] = b"1"
    made.run("run", "cat", "-y").assert_ok().assert_out("1")
    made.run("run", "cat", "-y").assert_ok().assert_out("1")
    assert len(site.requests) == 2
    assert len(made.run_ids()) == 2


def test_incomplete_download_is_not_used(project: Make, site: Site) -> None:
    site.files["/x"] = b"123456789"
    site.cut = 4
    url = f"{site.url}/x"
    made = requiring(project, f"{{url: '{url}'}}")
    failed = made.run("run", "cat", "-y")
    assert failed.exit_code == 1
    assert failed.err.splitlines()[-1] == (
        f"guild: {unmet(url)}the connection ended after 5 of 9 bytes"
    )
    assert [path for path in (made.home / "cache").rglob("*") if path.is_file()] == []
    assert made.run_ids() == []
    site.cut = 0
    made.run("run", "cat", "-y").assert_ok().assert_out("123456789")


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("{site}/nope", "the server responded with 404 Not Found"),
        ("http://127.0.0.1:1/x", "Connection refused"),
        ("file:///nonesuch/x", "No such file or directory"),
        ("gopher://x/y", "expected a URL with one of the schemes http, https, ftp, file"),
        ("data.csv", "expected a URL with one of the schemes http, https, ftp, file"),
        ("http://[/x", "Invalid IPv6 URL"),
    ],
)
def test_failed_download_is_reported(project: Make, site: Site, url: str, problem: str) -> None:
    url = url.replace("{site}", site.url)
    made = requiring(project, f"{{url: '{url}'}}")
    failed = made.run("run", "cat", "-y")
    assert failed.exit_code == 1
    assert failed.err.splitlines()[-1] == (f"guild: {unmet(url)}{problem}")
    assert made.run_ids() == []


def zipped(name: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(name, "a")
    return data.getvalue()


def test_downloaded_archive_is_unpacked(project: Make, site: Site) -> None:
    site.files = {"/x.zip": zipped("a.txt"), "/bad.zip": zipped("../../../out.txt")}
    made = requiring(project, f"{{url: '{site.url}/x.zip?version=1'}}")
    site.files["/x.zip?version=1"] = site.files["/x.zip"]
    made.run("run", "cat", "-y").assert_ok().assert_out("a")
    made = requiring(project, f"{{url: '{site.url}/bad.zip'}}")
    failed = made.run("run", "cat", "-y")
    assert failed.exit_code == 1
    assert "'../../../out.txt' is outside of it" in failed.err
    assert not list(made.home.parent.rglob("out.txt"))


def test_file_url(project: Make) -> None:
    made = project({"x.txt": "x"})
    requires = f"{{url: 'file://{made.path}/x.txt'}}"
    made.write({"guild.yml": f"cat: {{exec: cat x.txt, sourcecode: no, requires: {requires}}}"})
    made.run("run", "cat", "-y").assert_ok().assert_out("x")
