"""The parts of a campaign's answer: how wide intervals are, what each arm came to, whether the groups are alike, what to do."""
