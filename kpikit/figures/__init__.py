"""Series or Answer in, Chart out; drawn without pyplot, computes nothing."""
