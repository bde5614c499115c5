"""The parts of `targets`: the goals and their gaps, what can be seen, the road so far, and the agreed path."""
