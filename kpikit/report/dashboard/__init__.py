"""The dashboard: where the measures of a case stand now, served to a browser of this machine alone."""
