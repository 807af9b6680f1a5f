"""The project file `guild.yml`: lookup, reading, validation and its JSON Schema."""
