"""The HTTP interface for other systems: `/api/v1`, health, figures and their own description."""
