"""The use cases, one module each: what the wizard and the headless commands both do."""
