"""Sources `file: PATH`: files and directories, usually of the project."""

from __future__ import annotations

import os

from guild.base.errors import GuildError
from guild.extend.source import ResolvedSource, Source, SourceRequest
from guild.guildfile.defs import SourceDef


class FileSource(Source):
    """A file or directory by its path, relative to the project."""

    def resolve(self, request: SourceRequest) -> ResolvedSource:
        """Return the file or directory. Raises GuildError if it does not exist."""
        location = request.location
        return ResolvedSource(locate_file(request), location, f"file:{location}")

    def project_path(self, source: SourceDef) -> str:
        """Return the path of the file."""
        return source.target


def locate_file(request: SourceRequest) -> str:
    """Return the absolute path of the requested file, and report a value that chooses it.

    Raises GuildError if it does not exist.
    """
    location = os.path.expanduser(request.location)
    folders = [request.project_dir]
    if request.value:
        request.report(f"Using {request.location} for {request.source.full_name}")
        folders = [request.cwd, request.project_dir]
    for folder in folders:
        path = os.path.normpath(folder / location)
        if os.path.exists(path):
            return path
    # Guild AI 0.9 wording
    raise GuildError(f"cannot find source file '{request.location}'")
