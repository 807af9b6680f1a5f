"""Commands are loaded only when they are called."""

from __future__ import annotations

import os
import subprocess
import sys

from guild.testing.project import Project

CODE = """
import sys
from guild.command_line import main
sys.argv = ["guild", *{args!r}]
try:
    main()
finally:
    own = ("guild.commands.", "guild.cli.")
    print(*sorted(name for name in sys.modules if name in {heavy!r} or name.startswith(own)))
"""
HEAVY = (
    *("logging", "numpy", "pandas", "psutil", "rich", "skopt", "tensorboard", "textual", "yaml"),
)


def lines_of(*args: str, **env: str) -> list[str]:
    """Return the output of `guild ARGS`, followed by a line with the modules it loaded."""
    code = CODE.format(args=args, heavy=HEAVY)
    out = subprocess.check_output([sys.executable, "-c", code], text=True, env=os.environ | env)
    return out.splitlines()


def loaded_by(*args: str) -> str:
    return lines_of(*args)[-1]


def test_version_loads_no_command():
    assert (
        loaded_by("--version")
        == "guild.cli.command guild.cli.exit_codes guild.cli.lazy guild.commands.main"
    )


def test_help_loads_no_command():
    assert loaded_by("--help") == (
        "guild.cli.command guild.cli.exit_codes guild.cli.help_json guild.cli.lazy "
        "guild.commands.main"
    )


def test_completion_of_a_command_loads_no_command():
    lines = lines_of(_GUILD_COMPLETE="bash_complete", COMP_LINE="guild run")
    assert "plain,runs" in lines
    assert lines[-1] == (
        "guild.cli.command guild.cli.completions guild.cli.exit_codes guild.cli.lazy "
        "guild.commands.main"
    )


def test_completion_of_an_option():
    lines = lines_of(_GUILD_COMPLETE="bash_complete", COMP_LINE="guild --de")
    assert lines[0] == "plain,--debug"


# -- The modules of `guild run` and `guild runs`, which start for every trial and all day

PROGRAM = """
import atexit, sys

def report():
    names = ("inspect", "ipaddress")
    deferred = {name for name in names if "__getattr__" in vars(sys.modules[name])}
    print(*sorted(sys.modules.keys() - deferred))

atexit.register(report)
from guild.__main__ import program
program()
"""
# Modules of the standard library that take a millisecond or more; most are never loaded.
SLOW = """
argparse ast asyncio concurrent.futures configparser csv dataclasses datetime decimal difflib
email.message fractions gettext hashlib http.client importlib.metadata inspect ipaddress json locale
logging multiprocessing pathlib pickle platform pprint random secrets shlex shutil signal socket
sqlite3 ssl statistics string subprocess tempfile textwrap threading tokenize traceback typing
unittest urllib.parse urllib.request uuid xml zipfile
"""
# Click needs these, and Guild `pathlib` and `shlex`.
SLOW_OF_CLICK = """
datetime gettext pathlib platform shlex threading typing urllib.parse uuid
"""
# Click loads `uuid`, which loads `platform`, which loads these in Python 3.10.
OF_PLATFORM = {"signal", "subprocess"} if sys.version_info < (3, 11) else set()


def loaded_by_program(project: Project, *args: str) -> set[str]:
    """Return the modules that `guild ARGS` loads when all caches are filled."""
    code = PROGRAM.replace("import atexit, sys", f"import atexit, sys; sys.argv[1:] = {args!r}")
    for _ in range(2):
        out = subprocess.check_output(
            [sys.executable, "-c", code], text=True, env=project.env, cwd=project.path
        )
    return set(out.splitlines()[-1].split())


def own_modules(loaded: set[str]) -> set[str]:
    return {name.removeprefix("guild.") for name in loaded if name.startswith("guild.")}


def slow_modules(loaded: set[str]) -> set[str]:
    return loaded & set(SLOW.split()) - set(SLOW_OF_CLICK.split()) - OF_PLATFORM


def test_modules_of_a_run(project):
    loaded = loaded_by_program(project({"echo.py": "x = 1\nprint(x)\n"}), "run", "echo.py", "-y")
    assert slow_modules(loaded) == {"signal"} - OF_PLATFORM
    assert own_modules(loaded) == set(RUN_MODULES.split())


def test_modules_of_a_list_of_runs(project):
    p = project({"echo.py": "x = 1\nprint(x)\n"})
    p.run("run", "echo.py", "-y").assert_ok()
    loaded = loaded_by_program(p, "runs")
    assert slow_modules(loaded) == {"json", "shutil", "sqlite3"}
    assert own_modules(loaded) == set(RUNS_MODULES.split())


RUN_MODULES = """
__main__ base base.clock base.deferred_module base.digests base.errors base.files base.log
base.named_tuple base.plain_yaml base.processes base.secrets base.text base.yaml cli cli.columns
cli.command cli.exit_codes cli.lazy cli.run_options cli.run_preview cli.run_report cli.run_request
cli.warnings command_line commands commands.main commands.run config context extend
extend.flag_finder extend.operation_files extend.operation_kind extend.registry flags
flags.arguments flags.flagdef flags.functions flags.templates flags.values guildfile guildfile.find
guildfile.opdef guildfile.operation_keys guildfile.sourcecode_def launch launch.execution
launch.prepared launch.run_restart launch.service launch.single_run opref ops ops.define
ops.define.command ops.define.operation ops.define.resolve ops.plan ops.plan.assignments
ops.plan.label ops.plan.plan ops.plan.request ops.plan.step_of ops.process ops.process.capture
ops.process.disk_reserve ops.process.job_control ops.process.lifecycle ops.process.lifeline
ops.process.lock ops.process.output ops.process.output_sinks ops.process.process_tree
ops.process.signals ops.process.spawn ops.process.start ops.process.streams ops.process.supervisor
ops.process.system_metrics ops.process.terminal ops.python ops.python.compiled_script
ops.python.flags_dest ops.python.python_launch ops.stage ops.stage.attributes ops.stage.environment
ops.stage.environment_info ops.stage.environment_info.machine ops.stage.environment_info.packages
ops.stage.environment_info.vcs ops.stage.source_files ops.stage.sourcecode
ops.stage.sourcecode.code_copy ops.stage.sourcecode.digest ops.stage.sourcecode.file_decisions
ops.stage.sourcecode.file_io ops.stage.sourcecode.file_selection ops.stage.sourcecode.folders
ops.stage.sourcecode.git ops.stage.sourcecode.rules ops.stage.sourcecode.textfile ops.stage.stage
ops.plan.start_command
plugins plugins.flags plugins.flags.inspection_cache plugins.kinds plugins.kinds.python
plugins.python_main run runs runs.claim runs.manifest runs.restarts runs.store
scalars scalars.output_patterns scalars.output_scalars scalars.output_sink
"""
RUNS_MODULES = """
__main__ api api.selection base base.clock base.deferred_module base.errors base.files base.log
base.named_tuple base.plain_yaml base.processes base.text base.yaml cli cli.columns cli.command
cli.exit_codes cli.lazy cli.run_listing cli.run_selection command_line commands commands.main
commands.runs commands.runs.group commands.runs.list_runs config index index.columns index.database
index.fields index.filters index.index_tables index.numbers index.query index.record index.run_cache
index.run_index opref run runs runs.restarts scalars scalars.scalar_names
"""
