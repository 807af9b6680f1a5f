value = 3
error = ValueError("noted")
if hasattr(error, "add_note"):
    error.add_note(f"a note {value}")
raise error
