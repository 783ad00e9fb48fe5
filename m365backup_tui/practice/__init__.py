"""The practice tenant: an emulator of Entra sign-in, Microsoft Graph and Azure Resource Manager. Shares no code with the client."""
