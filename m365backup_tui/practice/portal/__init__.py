"""The pages of the practice admin center."""
