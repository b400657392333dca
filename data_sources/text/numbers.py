"""Numbers of the screens: Arabic digits, comma for thousands, a true minus sign."""


def format_number(value: float, decimals: int = 0) -> str:
    """Return `1,234.5`; both languages write numbers alike."""
    return f"{value:,.{decimals}f}".replace("-", "−")
