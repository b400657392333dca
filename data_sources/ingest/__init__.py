"""The single writer: feeds in, both stores out.

`intake` turns one payload into a committed batch and a live picture (synchronous, clock given);
`operations` lets the desks work on what all feeds say together, and publishes and keeps what they find;
`loops` polls, subscribes, keeps leases, compacts, and stops in order.
"""
