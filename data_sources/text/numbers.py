"""Numbers of the screens: Arabic digits, comma for thousands, a true minus sign."""


def format_number(value: float, decimals: int = 0) -> str:
    """Return `1,234.5`; both languages write numbers alike."""
    return f"{value:,.{decimals}f}".replace("-", "−")


def format_change(value: float, decimals: int = 0) -> str:
    """Return a difference with its sign: `+9.4`, `−0.21`; `0` when these decimals show nothing of it."""
    if round(value, decimals) == 0:
        return "0"
    return f"{value:+,.{decimals}f}".replace("-", "−")


def format_share(share: float) -> str:
    """Return a share of 0 to 1 as whole per cent, `97 %`; rounded down, so that only the whole is 100 %."""
    return f"{int(share * 100 + 1e-9)} %"
