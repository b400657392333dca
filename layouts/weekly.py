"""The city's week on one sheet, for executives: counts by status, then indicators grouped by domain.

Everything stands on the screen; on paper the most urgent rows of each domain, the rest counted in words.
"""

from datetime import timedelta

from dash import html
from dash.development.base_component import Component

from data_sources.text import (
    format_change,
    format_date,
    format_month,
    format_number,
    format_share,
    format_time,
    format_week,
    format_year,
)
from data_sources.views.weekly import URGENCY, WEEK, WeeklyDomain, WeeklyPicture, WeeklyRow, name_of
from layouts.drawing import shape, spark
from layouts.parts import attr, domain_bullet, truth_tags
from layouts.shell import desk
from layouts.view import View

ALWAYS_COUNTED = ("warning", "watch", "normal", "insufficient")
"""Counts that stand there even when they are none; the others only when there are any."""
JUDGED = ("critical", "warning", "watch", "normal")
COLUMNS = ("indicator", "value", "unit", "limit", "change", "weeks_12", "complete")
NO_FIGURE = "–"


def layout(view: View) -> html.Div:
    """The page for one reader."""
    picture = view.weekly
    if picture is None:
        body: list[Component] = [html.P(view.t("no.data"), className="missing")]
    else:
        body = [_counts(view, picture), _table(view, picture), _foot(view, picture)]
    sheet = html.Article([_head(view), *body], className="week", **attr(data_dim=""))
    return desk(view, [_turn(view, picture), sheet])


def _head(view: View) -> html.Header:
    city = view.city.spec
    dates: list[Component] = []
    if view.week is not None:
        number = view.week.isocalendar().week
        days = format_week(view.week, view.lang, city.buddhist_era)
        dates = [html.Span(view.t("weekly.week", n=number)), html.Span(days)]
    title = [
        html.H1(view.t("weekly.title", city=city.names.get(view.lang))),
        html.P(view.centre_name, className="week__centre"),
    ]
    return html.Header([html.Div(title), html.P(dates, className="week__dates")], className="week__head")


def _turn(view: View, picture: WeeklyPicture | None) -> html.Nav:
    """The weeks before and after; the running one is the last."""
    links: list[Component] = []
    if view.week is not None:
        links.append(_link(view, "weekly.earlier", name_of(view.week - WEEK)))
        if picture is not None and picture.is_over:
            links.append(_link(view, "weekly.later", name_of(view.week + WEEK)))
    if picture is not None and not picture.is_over:
        links.append(html.Span(view.t("weekly.running"), className="quiet"))
    return html.Nav(links, className="week-turn", **attr(aria_label=view.t("weekly.weeks")))


def _link(view: View, key: str, week: str) -> html.A:
    return html.A(view.t(key), href=f"/weekly/{week}", className="button")


def _counts(view: View, picture: WeeklyPicture) -> html.Ul:
    is_judged = any(picture.counts[says] for says in JUDGED)  # where nobody knows, none is no news
    shown = [says for says in URGENCY if picture.counts[says] or (is_judged and says in ALWAYS_COUNTED)]
    return html.Ul(
        [
            html.Li(
                [shape(says), html.Strong(str(picture.counts[says])), html.Span(_word(view, says))],
                **attr(data_says=says, **({} if picture.counts[says] else {"data_none": ""})),
            )
            for says in shown
        ],
        className="week__counts",
    )


def _word(view: View, says: str) -> str:
    return view.t("weekly.no_limit") if says == "no_limit" else view.t(f"level.{says}")


def _table(view: View, picture: WeeklyPicture) -> html.Table:
    heads = [
        html.Th(view.t(f"weekly.{column}"), scope="col", className=f"week__{column}") for column in COLUMNS
    ]
    head = html.Thead(
        html.Tr(
            [html.Th(html.Span(view.t("weekly.status"), className="visually-hidden"), scope="col"), *heads]
        )
    )
    bodies = [_domain(view, domain) for domain in picture.domains]
    caption = html.Caption(view.t("weekly.caption"), className="visually-hidden")
    return html.Table([caption, head, *bodies], className="week__table")


def _domain(view: View, domain: WeeklyDomain) -> html.Tbody:
    rest = len(domain.rows) - domain.printed
    more = [html.Span(view.t("weekly.more", n=rest), className="week__rest")] if rest else []
    name = html.Div(
        [domain_bullet(domain.domain), html.Strong(view.t(f"page.{domain.domain}")), *more],
        className="week__domain",
    )
    heading = html.Tr(html.Th(name, scope="rowgroup", colSpan=len(COLUMNS) + 1))
    rows = [_row(view, row, index < domain.printed) for index, row in enumerate(domain.rows)]
    return html.Tbody([heading, *rows])


def _row(view: View, row: WeeklyRow, is_printed: bool) -> html.Tr:
    judged = row.says in {"critical", "warning", "watch"}
    name: list[Component] = [html.Span(_name(view, row), className="week__name")]
    if judged:
        name.append(html.Strong(_word(view, row.says), className="week__word"))
    else:
        name.append(html.Span(_word(view, row.says), className="visually-hidden"))
    name.append(html.Span(_origin(view, row), className="week__source"))
    short = row.completeness is not None and row.completeness < row.min_completeness
    complete = NO_FIGURE if row.completeness is None else format_share(row.completeness)
    cells = [
        html.Td(shape(row.says), className="week__shape"),
        html.Th(html.Div(name, className="week__what"), scope="row", className="week__indicator"),
        html.Td(_value(view, row), className="week__value"),
        html.Td(view.unit(row.unit), className="week__unit"),
        html.Td([_label(view, row), _limit(view, row)], className="week__limit"),
        html.Td(
            NO_FIGURE if row.change is None else format_change(row.change, row.decimals),
            className="week__change",
        ),
        html.Td(spark(row.line, 84, 26), className="week__weeks_12"),
        html.Td(html.Strong(complete) if short else complete, className="week__complete"),
    ]
    kind = attr(data_says=row.says, **({} if is_printed else {"data_screen": ""}))
    return html.Tr(cells, className="week__row", **kind)


def _name(view: View, row: WeeklyRow) -> str:
    name = row.name.th if view.lang == "th" else row.name.en
    period = _period(view, row)
    return f"{name} ({period})" if period else name


def _period(view: View, row: WeeklyRow) -> str:
    """What a rare statistic is of: the month, and the year where it is another than that of the week."""
    start, era = row.period_start, view.city.spec.buddhist_era
    if start is None or view.week is None:
        return ""
    if row.period == "year":
        return format_year(start, view.lang, era)
    is_other = start.year != (view.week + timedelta(days=6)).year
    if row.period == "quarter":
        quarter = view.t("weekly.quarter", n=(start.month - 1) // 3 + 1)
        return f"{quarter} {format_year(start, view.lang, era)}" if is_other else quarter
    return format_month(start, view.lang, era, with_year=is_other)


def _origin(view: View, row: WeeklyRow) -> str:
    """Who tells it, and how it came about where it was not measured."""
    source = row.source.th if view.lang == "th" else row.source.en
    told = row.value_class.value
    return source if told in {"observed", "synthetic"} else f"{source} · {view.t(f'class.{told}')}"


def _value(view: View, row: WeeklyRow) -> html.Button:
    """The figure, or the words that stand in its place; it opens the evidence of the week."""
    if row.value is None or row.says == "insufficient":
        key = "no.data" if row.value is None else "level.insufficient"
        figure: Component = html.Span(view.t(key), className="missing")
    else:
        look = "stale" if row.says == "unknown" else "fresh"
        figure = html.Span(format_number(row.value, row.decimals), **attr(data_look=look))
    subject = f"week:{name_of(view.week)}|{row.key}" if view.week is not None else f"indicator:{row.key}"
    return html.Button(figure, type="button", className="week__figure", **attr(data_evidence=subject))


def _label(view: View, row: WeeklyRow) -> html.Span:
    """The head of the column, for a phone, where columns have no heads."""
    words = "" if row.limit is None else view.t("weekly.limit")
    return html.Span(words, className="week__label", **attr(aria_hidden="true"))


def _limit(view: View, row: WeeklyRow) -> str:
    """`≤ 37.5`, `> 1.5`, `1–3`, with a star where nobody has published it."""
    if row.limit is None:
        return NO_FIGURE
    ends = [row.limit.value, *([] if row.limit.upto is None else [row.limit.upto])]
    told = [format_number(end, _decimals(end)) for end in ends]
    words = "–".join(told) if len(told) == 2 else f"{row.limit.sign} {told[0]}"
    return f"{words}*" if row.limit.proposed else words


def _decimals(number: float) -> int:
    """No more than the limit needs, as on every other page: 80, 37.5, 0.65."""
    return next((count for count in range(4) if round(number, count) == number), 4)


def _foot(view: View, picture: WeeklyPicture) -> html.Footer:
    rows = [row for domain in picture.domains for row in domain.rows]
    floors = sorted({int(row.min_completeness * 100) for row in rows})
    floor = "–".join(str(one) for one in dict.fromkeys((floors[0], floors[-1]))) if floors else NO_FIGURE
    zone, era = view.city.zone, view.city.spec.buddhist_era
    date = format_date(picture.made_at, view.lang, zone, era)
    made = f"{date} {format_time(picture.made_at, zone, seconds=False)}"
    words = [view.t("weekly.floor", floor=floor), view.t("weekly.holes"), view.t("weekly.made", time=made)]
    if any(row.limit is not None and row.limit.proposed for row in rows):
        words.insert(1, view.t("weekly.proposed"))
    words.append(f"/weekly/{picture.week}")  # where the same sheet is found again
    parts = [html.Span(part) for part in words]
    return html.Footer(
        [html.P(parts, className="week__notes"), *_tags(view, picture)], className="week__foot"
    )


def _tags(view: View, picture: WeeklyPicture) -> list[Component]:
    tags = truth_tags(view, short=True)
    if picture.synthetic and not view.synthetic:
        tags.append(html.Strong(view.t("synthetic.tag"), className="truth-tag"))
    return tags
