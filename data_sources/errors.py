"""What can go wrong, named by what the caller can do about it."""


class ScopcError(Exception):
    """Base of all errors that are told in one line."""


class ConfigError(ScopcError):
    """A setting or a city pack is wrong; somebody has to edit it."""


class FeedError(ScopcError):
    """A feed could not be read. `code` is stable and counted."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class TemporaryFeedError(FeedError):
    """The far end does not answer now: wait and try again."""


class FeedConfigError(FeedError):
    """The feed is set up wrongly (no URL, no key, refused): trying again does not help."""


class FeedContentError(FeedError):
    """The message as a whole is unusable: keep the last good picture and count it."""


class StoreError(ScopcError):
    """A store does not answer or refuses."""


class InboxFullError(StoreError):
    """So much that was pushed to us waits to be read that no more is taken."""
