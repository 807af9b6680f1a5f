"""The rules of Guild for extensions."""

import subprocess

from guild_lab.fire_finder import FireFinder
from guild_lab.git_source import GitSource
from guild_lab.shell_kind import ShellKind

from guild.guildfile.defs import SourceDef
from guild.testing.executors import ExecutorContract
from guild.testing.flag_finders import FlagFinderContract
from guild.testing.operation_kinds import OperationKindContract
from guild.testing.sources import SourceContract


class TestShellKind(OperationKindContract):
    kind = ShellKind
    spec = "train.sh"
    source = 'lr=${lr:-0.1}  # learning rate\nname=${name:-a b}\necho "$lr"\n'
    defaults = {"lr": 0.1, "name": "a b"}
    definition = "main: train.sh"


class TestFireFinder(FlagFinderContract):
    def make(self):
        return FireFinder()

    def example(self):
        source = "import fire\ndef fit(data, lr=0.1, *, name='a'): pass\nfire.Fire(fit)\n"
        return source, {"lr": 0.1, "name": "a"}


class TestGitSource(SourceContract):
    kind = GitSource

    def available(self, project_dir, home):
        (project_dir / "config.yml").write_text("lr: 0.1")
        git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com"]
        for args in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
            subprocess.run([*git, *args], cwd=project_dir, check=True)
        return SourceDef("git", "HEAD:config.yml")

    def missing(self):
        return SourceDef("git", "HEAD:nonesuch")


class TestNiceExecutor(ExecutorContract):
    executor = "guild_lab.nice_executor:NiceExecutor"
