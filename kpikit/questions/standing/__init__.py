"""Where several measures stand: each by its review periods, all of them as one family of comparisons."""
