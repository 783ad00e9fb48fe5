"""What pages show, worked out from the State: pure functions, one module a page."""
