"""First storey: pure functions from view models to components."""
