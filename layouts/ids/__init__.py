"""Ids of the components, one module a page. Ids are unique over all pages."""
