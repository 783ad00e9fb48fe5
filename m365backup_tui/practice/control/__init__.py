"""`/control/`: how tests and the wizard steer the tenant."""
