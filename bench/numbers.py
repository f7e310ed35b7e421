"""How numbers are shown to people."""


def significant(value):
    """Three significant digits, without an exponent."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
