"""Style sheets (.tcss), one a screen beside the theme."""
