"""What the program knows about the terminal it runs in; nothing here imports Textual by itself."""
