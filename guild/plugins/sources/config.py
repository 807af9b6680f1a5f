"""Sources `config: PATH`: config files that are written with the values of the flags."""

from __future__ import annotations

from guild.extend.source import ResolvedSource, Source, SourceRequest
from guild.guildfile.defs import SourceDef
from guild.plugins.sources.file import locate_file


class ConfigSource(Source):
    """A config file of the project."""

    def resolve(self, request: SourceRequest) -> ResolvedSource:
        """Return the config file. Raises GuildError if it does not exist."""
        location = request.location
        path = locate_file(request)
        return ResolvedSource(path, location, f"config:{location}", is_config=True)

    def project_path(self, source: SourceDef) -> str:
        """Return the path of the config file."""
        return source.target
