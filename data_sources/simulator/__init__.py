"""The demo city: speaks the wire formats of real feeds over loopback."""
