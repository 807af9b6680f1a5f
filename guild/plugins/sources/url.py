"""Sources `url: URL`: files that are downloaded."""

from __future__ import annotations

import os

from guild.base.digests import sha256_mismatch
from guild.extend.source import ResolvedSource, Source, SourceRequest
from guild.guildfile.defs import SourceDef
from guild.plugins.sources.download import cached_path, download


class UrlSource(Source):
    """A file by its URL. It is downloaded once and cached in the Guild home."""

    def resolve(self, request: SourceRequest) -> ResolvedSource:
        """Return the downloaded file. Raises GuildError if it cannot be downloaded."""
        source = request.source
        url = request.location
        path = cached_path(url, request.cache_dir)
        is_usable = (
            os.path.isfile(path)
            and not source.always_resolve
            and sha256_mismatch(path, source.sha256) is None
        )
        if not is_usable:
            request.report(f"Downloading {url}")
            download(url, path)
        name = os.path.basename(path)
        return ResolvedSource(path, name, url, member=name)

    def uri(self, source: SourceDef) -> str:
        """Return the URL as written in guild.yml."""
        return source.target
