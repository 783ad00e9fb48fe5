"""One module a screen, named for its step."""
