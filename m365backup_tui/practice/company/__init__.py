"""The made-up company: its people, groups and sites in an SQLite file of their own."""
