"""The catalogue as static pages: what every definition says, and how they hang together."""
