"""Second storey: thin translators from browser events to components."""
