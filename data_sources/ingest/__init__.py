"""The single writer: feeds in, both stores out.

`intake` turns one payload into a committed batch and a live picture (synchronous, clock given);
`loops` polls, subscribes, keeps leases, compacts, and stops in order.
"""
