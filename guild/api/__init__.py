"""What can be done with runs: typed functions, objects in and objects out.

They raise GuildError and print nothing; the commands, notebooks and the web page stand on
them. Each module is imported by who needs it.
"""
