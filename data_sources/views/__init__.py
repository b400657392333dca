"""Records to view records for pages, stream and API: pure, and as of a given time."""
