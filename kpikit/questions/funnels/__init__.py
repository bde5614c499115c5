"""Parts of the question `funnel`."""
