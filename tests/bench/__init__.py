"""`python -m tests.bench`: what SCOPC's road costs, measured beside the naive way in the same run."""
