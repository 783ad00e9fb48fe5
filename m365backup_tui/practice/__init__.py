"""The practice tenant: an emulator of Entra sign-in, Microsoft Graph and Azure. Shares no code with the client."""
