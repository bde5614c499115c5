"""The parts of the answer to `feedback`: strata and weights, and the comparisons that are called clear together."""
