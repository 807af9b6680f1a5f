"""The command line: parse, call, print.

One module a command, loaded only when that command is called; see
`guild.commands.main` for how a module is named and found.
"""
