"""The keys of a guild.yml other than those of operations."""

from guild.guildfile.operation_keys import OPERATION, Key, Section

_TARGET_PATH = "Directory of the run to put the files in."

ITEM: Section = {
    "model": Key("string", "Named group of operations, which are called `MODEL:OPERATION`."),
    "config": Key("string", "Fragments to reuse with `extends` and `$include`."),
    "package": Key("string", "Metadata of a distribution built from the project.", is_unused=True),
    "include": Key("strings", "Other files to read items from, relative to this file."),
}
MODEL: Section = {
    "model": Key("string", "Name of the model."),
    "default": Key(
        "boolean",
        "`guild run` without a name runs the default operation of this model. Without a default "
        "model, the anonymous or the only model is used.",
        False,
    ),
    "description": Key("loose-string", "Shown by `guild models` and `guild help`."),
    "references": Key("strings", "Further reading, shown by `guild help`."),
    "extends": Key("strings", "Configs or models to inherit from; later ones take precedence."),
    "params": Key(
        "mapping",
        "Values for `{{ NAME }}` in any string of the model. A string that is nothing but a "
        "reference becomes the value itself, of whatever type.",
    ),
    "operations": Key("operations", "[Operations](#operation) by name."),
    "operation-defaults": Key("operation-defaults", "Defaults for the keys of each operation."),
    "resources": Key("resources", "[Resources](#resource) by name."),
    "sourcecode": Key(
        "sourcecode",
        "[Source code](#source-code) of each operation; the rules of an operation are applied "
        "after these.",
    ),
    "flags": Key("flags", "[Flags](#flag) to use elsewhere with `$include: MODEL`."),
    "python-requires": Key("loose-string", "Required versions of Python for its operations."),
    "plugins": Key("plugins", "Plugins that its operations use.", is_unused=True),
    "extra": Key("any", "Data for other programs.", is_unused=True),
    "$include": Key("strings", "The same as `extends`, which takes precedence."),
}
FLAG: Section = {
    "default": Key("flag-value", "Value if none is specified. For a list, each value is a trial."),
    "description": Key("loose-string", "Shown by `--help-op`."),
    "type": Key("flag-type", "[Type](#types) of values on the command line."),
    "required": Key("boolean", "A value must be specified.", False),
    "alias": Key("string", "Another name on the command line."),
    "arg-name": Key(
        "string", "Name of the option if not the flag's; empty for a positional argument."
    ),
    "arg-encoding": Key("encoding", "Values and the arguments that are passed instead."),
    "arg-skip": Key("boolean", "Do not pass the flag to the command."),
    "arg-switch": Key(
        "any", "Pass the option, without a value, if the flag has this value; otherwise omit it."
    ),
    "arg-split": Key(
        "arg-split",
        "Split the value into several arguments: `yes` or `shlex` as a shell does, or at a "
        "separator. The parts have the type of the flag.",
    ),
    "choices": Key("choices", "Allowed values, or [choices](#choice)."),
    "allow-other": Key("boolean", "Also accept values that are not among the choices.", False),
    "env-name": Key("string", "Environment variable of the flag, `FLAG_NAME` by default."),
    "env-encoding": Key("encoding", "Values and what the environment variable is set to instead."),
    "null-label": Key("loose-string", "Shown in labels if the flag has no value."),
    "min": Key("number", "Minimum value."),
    "max": Key("number", "Maximum value."),
    "distribution": Key(
        "loose-string",
        "Distribution of searched values from `min` to `max`: `uniform` or `loguniform`.",
        "uniform",
    ),
    "nb-replace": Key(
        "pattern",
        "[Regular expression](python.md#notebooks-as-operations) for the part of a notebook that "
        "the value replaces.",
    ),
}
CHOICE: Section = {
    "value": Key("any", "The value (required)."),
    "description": Key("loose-string", "Shown by `--help-op`."),
    "alias": Key("loose-string", "Another name for the value on the command line."),
    "flags": Key("values", "Values of other flags if this choice is selected."),
}
RESOURCE: Section = {
    "name": Key("loose-string", "Name of a resource that is defined under `requires`."),
    "sources": Key("sources", "[Sources](#source) of the resource."),
    "target-path": Key("string", _TARGET_PATH),
    "path": Key("string", "The same as `target-path`."),
    "target-type": Key("copy-or-link", "Copy or link files.", "copy"),
    "preserve-path": Key("boolean", "Keep the directories that files are in."),
    "default-unpack": Key("boolean", "Unpack archives.", True),
    "description": Key("loose-string", "Description of the resource."),
    "private": Key("boolean", "Hide the resource of a package.", False, is_unused=True),
    "references": Key("strings", "Further reading.", is_unused=True),
}
SOURCE: Section = {
    "file": Key("string", "File or directory of the project."),
    "url": Key(
        "string",
        "Address of a file (`http`, `https`, `ftp` or `file`), downloaded once into the cache.",
    ),
    "module": Key("string", "Python module that must be installed; it adds no files to the run."),
    "config": Key("string", "YAML, JSON, TOML or INI file, added with the flag values applied."),
    "operation": Key(
        "string",
        "Regular expression for operations; separate several with commas. Files come from the "
        "latest run without an error; marked runs (`guild mark`) take precedence.",
    ),
    "name": Key(
        "loose-string", "Name of the source, and of its flag if the source is an operation."
    ),
    "flag-name": Key(
        "flag-name",
        "Name of a flag that chooses another file or run; `no` for no flag. Without it, only "
        "operations have a flag, called like the source.",
    ),
    "sha256": Key("loose-string", "Expected SHA-256 digest of the file."),
    "unpack": Key("boolean", "Unpack an archive."),
    "select": Key(
        "strings",
        "Regular expressions that select paths in a directory, archive or run; each must match a "
        "whole path.",
    ),
    "select-min": Key(
        "loose-string", "Regular expression with a group: use the path with the lowest number."
    ),
    "select-max": Key("loose-string", "The same for the highest number."),
    "rename": Key(
        "renames", "New names: `PATTERN REPLACEMENT`, a plain name, or `pattern` and `repl`."
    ),
    "optional": Key("boolean", "Do not fail if the source is unavailable.", False),
    "warn-if-empty": Key("boolean", "Warn if no files are selected.", True),
    "fail-if-empty": Key("boolean", "Fail if no files are selected.", False),
    "target-path": Key("string", _TARGET_PATH),
    "target-type": Key("copy-or-link", "Copy or link files."),
    "path": Key("string", "The same as `target-path`."),
    "preserve-path": Key(
        "boolean", "Keep the directories that files are in, and ignore `target-path`."
    ),
    "post-process": Key(
        "string",
        "Shell command to run in the target directory once the files are in place, with "
        "`PROJECT_DIR` and the variables of the flags set.",
    ),
    "replace-existing": Key("boolean", "Replace files that already exist in the run."),
    "always-resolve": Key(
        "boolean", "Resolve again when a run is restarted, and download again for each run."
    ),
    "params": Key("values", "Parameters for other kinds of sources.", is_unused=True),
    "help": Key("loose-string", "Shown if the source is unavailable."),
}
RENAME: Section = {
    "pattern": Key("string", "Regular expression for names (required)."),
    "repl": Key("loose-string", "Replacement, empty by default."),
}
SOURCECODE: Section = {
    "select": Key("sourcecode-rules", "[Rules](#rule) that select files."),
    "root": Key("loose-string", "Directory to copy from, the project directory by default."),
    "digest": Key("boolean", "Record the digest of the source code.", True),
    "dest": Key("loose-string", "Directory in the run to copy to, the run itself by default."),
}
RULE: Section = {
    "include": Key("sourcecode-match", "Copy these files."),
    "exclude": Key("sourcecode-match", "Do not copy these files."),
}
MATCH: Section = {
    "pattern": Key("strings", "Any file."),
    "text": Key("strings", "Text files."),
    "binary": Key("strings", "Binary files."),
    "dir": Key("strings", "Directories, with everything in them."),
    "type": Key("match-type", "Kind of files that `pattern` applies to."),
}
STEP: Section = {
    "run": Key(
        "string",
        "Operation, flags and options, as on the command line (required). Operations of the same "
        "model take precedence; `${FLAG}` is a flag of the parent.",
    ),
    "name": Key(
        "loose-string",
        "Name for the link to the run and for `NAME:FLAG` among the flags of the parent; the "
        "operation by default.",
    ),
    "flags": Key("step-flags", "Flags; those in `run` take precedence."),
    "expect": Key("expectations", "[Expected results](#expectation); a string is `output`."),
    "isolate-runs": Key("boolean", "Use only runs of the same parent.", True),
}
EXPECTATION: Section = {
    "output": Key("loose-string", "String that the output must contain."),
    "file": Key("string", "File that must exist."),
    "compare-to": Key("string", "File with the same content."),
    "contains": Key("loose-string", "String that the file must contain."),
}
OPTIMIZER: Section = {
    "algorithm": Key(
        "string",
        "`random`, `gp`, `forest`, `gbrt` or [your own](batches.md#optimizers-of-your-own); the "
        "name of the optimizer by default.",
    ),
    "default": Key("boolean", "Optimizer that `-O` selects.", False),
    "name": Key("loose-string", "Name in a list of optimizers."),
}
OBJECTIVE: Section = {
    "minimize": Key("string", "Column to minimize."),
    "maximize": Key("string", "Column to maximize."),
}
PUBLISH: Section = {
    "files": Key("sourcecode", "[Files](#source-code) to publish.", is_unused=True),
    "template": Key("string", "Directory of the template.", is_unused=True),
}
PACKAGE: Section = {
    "package": Key("string", "Name of the package.", is_unused=True),
    "description": Key("loose-string", "Description.", is_unused=True),
    "version": Key("loose-string", "Version.", is_unused=True),
    "url": Key("loose-string", "Home page.", is_unused=True),
    "author": Key("loose-string", "Author.", is_unused=True),
    "author-email": Key("loose-string", "Email address of the author.", is_unused=True),
    "license": Key("loose-string", "License.", is_unused=True),
    "tags": Key("strings", "Keywords.", is_unused=True),
    "python-tag": Key("loose-string", "Python tag of the wheel.", is_unused=True),
    "data-files": Key("strings", "Additional files of the package.", is_unused=True),
    "python-requires": Key("loose-string", "Required versions of Python.", is_unused=True),
    "requires": Key("strings", "Required packages.", is_unused=True),
    "packages": Key("string-mapping", "Python packages and their directories.", is_unused=True),
}
FLAG_TYPES = {
    "string": "Strings, unchanged: also `013`, `y` and `1e000000`.",
    "int": "Integers; `013` is 13.",
    "float": "Floating-point numbers; `1` is 1.0.",
    "number": "Integers and floating-point numbers.",
    "boolean": "`yes no`, `true false`, `on off`, `y n`, `1 0`.",
    "path": "Path relative to the project, made absolute; `~` is your home directory.",
    "existing-path": "The same, for a path that must exist.",
    "null": "No value.",
    "auto": "The type that YAML gives the value, as without a type.",
}
SECTIONS: dict[str, Section] = {
    "Items": ITEM,
    "Model": MODEL,
    "Operation": OPERATION,
    "Flag": FLAG,
    "Choice": CHOICE,
    "Resource": RESOURCE,
    "Source": SOURCE,
    "Source code": SOURCECODE,
    "Rule": RULE,
    "Match": MATCH,
    "Step": STEP,
    "Expectation": EXPECTATION,
    "Optimizer": OPTIMIZER,
    "Publish": PUBLISH,
    "Package": PACKAGE,
}
"""The sections that docs/guildfile.md documents, by heading."""

_STEP_OPTION_TYPES = {
    "loose-string": "label comment batch-label batch-comment proto restart start gpus optimizer "
    "minimize maximize remote",
    "string": "run-dir",
    "strings": "tag tags batch-tag opt-flag dep trials",
    "any": "opt-flags",
    "number": "max-trials random-seed stop-after",
    "boolean": "stage force-sourcecode no-gpus optimize stage-trials fail-on-trial-error needed "
    "force-flags force-deps keep-run keep-batch quiet yes break-on-error",
}
STEP_OPTIONS: Section = {
    name: Key(type_, f"Option `--{name}` of `guild run`.")
    for type_, names in _STEP_OPTION_TYPES.items()
    for name in names.split()
}
