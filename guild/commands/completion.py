"""`guild completion`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from guild.base import files
from guild.base.errors import GuildError
from guild.cli.command import command, option

SHELLS = ("bash", "zsh", "fish")

_BASH = r"""# Completion of guild commands in bash
_guild_completion() {
    local IFS=$'\n' line word typed
    typed=${COMP_LINE:0:COMP_POINT}
    typed=${typed##*[[:space:]]}
    COMPREPLY=()
    # bash replaces only what follows the last = or : of a word
    local front=${typed%"${COMP_WORDS[COMP_CWORD]}"}
    [[ ${COMP_WORDS[COMP_CWORD]} == [=:] ]] && front=$typed
    while read -r line; do
        case ${line%%,*} in
            dir) COMPREPLY+=($(compgen -d -- "$2")); compopt -o filenames ;;
            file) COMPREPLY+=($(compgen -f -- "$2")); compopt -o filenames ;;
            plain)
                word=${line#*,}
                [[ $word == *[=/] ]] && compopt -o nospace
                COMPREPLY+=("${word#"$front"}") ;;
        esac
    done < <(COMP_LINE=$COMP_LINE COMP_POINT=$COMP_POINT \
        _GUILD_COMPLETE=bash_complete guild 2>/dev/null)
}
complete -o nosort -F _guild_completion guild 2>/dev/null || complete -F _guild_completion guild
"""

_ZSH = r"""#compdef guild
# Completion of guild commands in zsh
_guild_completion() {
    local -a response open closed described
    local kind value help
    response=("${(@f)$(COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) \
        _GUILD_COMPLETE=zsh_complete guild 2>/dev/null)}")
    for kind value help in "${response[@]}"; do
        case $kind in
            dir) _path_files -/ ;;
            file) _path_files -f ;;
            plain)
                if [[ $value == *[=/] ]]; then open+=("$value")
                elif [[ $help == _ ]]; then closed+=("$value")
                else described+=("${value//:/\\:}:$help"); fi ;;
        esac
    done
    (( $#open )) && compadd -S '' -U -V unsorted -a open
    (( $#closed )) && compadd -U -V unsorted -a closed
    (( $#described )) && _describe -V unsorted described -U
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _guild_completion "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
    compdef _guild_completion guild
fi
"""

_FISH = r"""# Completion of guild commands in fish
function _guild_completion
    set -l response (env _GUILD_COMPLETE=fish_complete COMP_WORDS=(commandline -cp) \
        COMP_CWORD=(commandline -t) guild 2>/dev/null)
    for completion in $response
        set -l parts (string split -m 1 "," -- $completion)
        switch $parts[1]
            case dir
                __fish_complete_directories (commandline -t)
            case file
                __fish_complete_path (commandline -t)
            case plain
                echo $parts[2]
        end
    end
end
complete --no-files --command guild --arguments "(_guild_completion)"
"""

_SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
_INIT_FILES = {
    "bash": "~/.bashrc",
    "zsh": "~/.zshrc",
    "fish": "~/.config/fish/config.fish",
}


@command(
    examples=(
        ("guild completion --install", "Enable completion in the current shell."),
        ("guild completion -s fish", "Print the script for fish."),
    )
)
@option(
    "-s",
    "--shell",
    type=click.Choice(SHELLS),
    metavar="SHELL",
    help="Use bash, zsh or fish (default: the current shell).",
)
@option("-i", "--install", is_flag=True, help="Enable completion in new terminals.")
@option("--shell-init", metavar="PATH", help="Init file of the shell that --install changes.")
def completion(shell: str | None, install: bool, shell_init: str | None) -> None:
    """Set up shell completion.

    Prints the completion script of the shell. With --install, writes the script to ~/.guild and
    loads it in the shell's init file.
    """
    shell = shell or _current_shell()
    if not install:
        click.echo(_SCRIPTS[shell], nl=False)
        return
    script = Path.home() / ".guild" / f"{shell}_completion"
    init_file = Path(shell_init or _INIT_FILES[shell]).expanduser()
    try:
        click.echo(f"Writing completion script to {script}")
        script.parent.mkdir(parents=True, exist_ok=True)
        files.write_atomic(script, _SCRIPTS[shell].encode())
        _install(shell, script, init_file.resolve())
    except OSError as error:
        raise GuildError(
            f"cannot install the completion script: {error.strerror} ({error.filename})"
        ) from None


def _current_shell() -> str:
    name = os.path.basename(os.environ.get("SHELL", ""))
    if name not in SHELLS:
        raise GuildError(f"cannot detect the current shell; use --shell {'|'.join(SHELLS)}")
    return name


def _install(shell: str, script: Path, init_file: Path) -> None:
    """Add a line that loads `script` to the shell's `init_file`, unless it is in there."""
    if shell == "fish":
        line = f"test -s {script}; and source {script}  # Enable completion for guild"
    else:
        line = f"[ -s {script} ] && . {script}  # Enable completion for guild"
    data = init_file.read_bytes() if init_file.exists() else b""
    if line in data.decode("utf-8", "surrogateescape").splitlines():
        click.echo(f"Guild completion is already installed in {init_file}")
        return
    if data:
        backup = _backup_path(init_file)
        click.echo(f"Backing up {init_file} to {backup}")
        backup.write_bytes(data)
    click.echo(f"Updating {init_file} to support Guild command completion")
    init_file.parent.mkdir(parents=True, exist_ok=True)
    end = b"" if not data or data.endswith(b"\n") else b"\n"
    files.write_atomic(init_file, data + end + line.encode() + b"\n")
    click.echo("Guild command completion is installed; open a new terminal to use it")


def _backup_path(file: Path) -> Path:
    n = 1
    while (backup := file.with_name(f"{file.name}.guild-backup.{n}")).exists():
        n += 1
    return backup
