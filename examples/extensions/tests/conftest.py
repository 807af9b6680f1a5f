pytest_plugins = ["guild.testing.plugin"]
