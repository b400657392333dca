"""Alerts of a GTFS-Realtime message."""

from datetime import UTC, datetime
from typing import Any

from google.transit import gtfs_realtime_pb2 as pb

