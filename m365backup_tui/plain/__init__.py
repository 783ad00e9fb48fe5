"""Plain mode: the wizard's own pages as linear text, for screen readers and terminals that cannot place text."""
