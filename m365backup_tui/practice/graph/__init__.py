"""Graph: the part of Microsoft Graph that somebody who sets up Microsoft 365 Backup calls."""
