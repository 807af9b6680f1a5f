"""The project file `guild.yml`: found, read, checked, and said in frozen types."""
