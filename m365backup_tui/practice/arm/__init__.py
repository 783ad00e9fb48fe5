"""The practice tenant's Azure Resource Manager."""
