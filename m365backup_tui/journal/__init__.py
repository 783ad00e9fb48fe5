"""What is kept on disk: runs, progress, locks."""
