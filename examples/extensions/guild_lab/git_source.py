"""The source `git`: files of any revision of the project's repository."""

import os
import subprocess

from guild.base import files
from guild.base.errors import GuildError
from guild.extend.source import ResolvedSource, Source


class GitSource(Source):
    """A file as it is in a revision: `git: v1.0:config.yml`.

    The path starts at the root of the repository, or at the project with `./`.
    """

    def resolve(self, request):
        location = request.location
        blob = self._git(request, "rev-parse", "--verify", "--quiet", location).decode().strip()
        name = os.path.basename(location.partition(":")[2])
        if not name or self._git(request, "cat-file", "-t", blob) != b"blob\n":
            raise GuildError(f"'{location}' is not a file; use REVISION:PATH")
        path = os.path.join(request.cache_dir, "git", blob, name)
        if not os.path.exists(path):  # content with this hash never changes
            os.makedirs(os.path.dirname(path), exist_ok=True)
            files.write_atomic(path, self._git(request, "cat-file", "blob", blob))
        return ResolvedSource(path, name, uri=f"git:{location}")

    def _git(self, request, *args):
        command = ["git", "-C", request.project_dir, *args]
        try:
            return subprocess.run(command, capture_output=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError):
            raise GuildError(f"cannot find '{request.location}' in the git repository") from None
