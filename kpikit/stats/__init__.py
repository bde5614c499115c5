"""Arrays in, numbers out; knows no KPI, no file, no figure."""
