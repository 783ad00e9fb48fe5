"""The practice tenant's Entra: device code, browser sign-in, tokens."""
