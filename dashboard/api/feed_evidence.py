"""What stands behind a feed: the answer that the drawer of evidence is drawn from."""

from datetime import datetime

import msgspec

from dashboard.api.evidence_answers import Change, PayloadLink, RejectedInput
from dashboard.api.evidence_parts import changes_of, files_of, payloads_of, rejected_of
from dashboard.api.ledger import LedgerRow, ledger_rows
from data_sources.model.city import FeedSpec
from data_sources.services import Services
from data_sources.views.feeds import BothNames, FeedView, feed_view
from data_sources.views.indicators import both
from data_sources.views.observations import place_names
from data_sources.views.reporters import Reporters, reporters


class FeedEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """A feed and what stands behind its state. `month` is this month's service; `cadence_s` how often news is
    promised."""

    synthetic: bool
    replay: bool
    name: BothNames
    agency: BothNames
    cadence_s: float
    item: FeedView
    reporters: Reporters
    month: LedgerRow
    rejected: list[RejectedInput]
    changes: list[Change]
    payloads: list[PayloadLink]


def feed_evidence(services: Services, feed: FeedSpec, now: datetime) -> FeedEvidence:
    """What stands behind a feed at `now`."""
    live, history, city = services.live, services.history, services.city
    item = feed_view(feed, live.feed_statuses().get(feed.feed_id), now)
    files = files_of(services, (feed.feed_id,))
    month = f"{now.astimezone(city.zone):%Y-%m}"
    return FeedEvidence(
        synthetic=services.synthetic or item.synthetic,
        replay=services.replay,
        name=item.name,
        agency=both(feed.agency.th, feed.agency.en),
        cadence_s=feed.promised_every.total_seconds(),
        item=item,
        reporters=reporters(
            feed,
            live.observations().get(feed.feed_id, ()),
            history.series(feed_id=feed.feed_id),
            place_names(city, live.features()),
            now,
        ),
        month=ledger_rows(services, month, [feed])[0],
        rejected=rejected_of(services, (feed.feed_id,)),
        changes=changes_of(files),
        payloads=payloads_of(services, (feed.feed_id,), files),
    )
