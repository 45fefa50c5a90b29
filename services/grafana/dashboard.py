"""The Grafana dashboard as code: `python services/grafana/dashboard.py` writes `services/dashboard.json`.

One screen, from top to bottom: availability, latency, load, what is recommended, quality and age of the set. Each
panel is an entry of `ROWS`; its place follows from its row and width. Needs the dependency group `dashboard`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.builders import bargauge, heatmap, prometheus, stat, timeseries
from grafana_foundation_sdk.builders import common as build_common
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common, dashboard
from grafana_foundation_sdk.models import heatmap as heatmap_model

OUTPUT = Path(__file__).resolve().parent.parent / "dashboard.json"
SOURCE = dashboard.DataSourceRef(type_val="prometheus", uid="prometheus")
OURS = 'job="recommendations", instance=~"$instance"'
ROUTES = f'{OURS}, handler=~"/recommendations.*"'
GREEN, YELLOW, RED, BLUE = "green", "yellow", "red", "blue"


@dataclass(frozen=True)
class Panel:
    """Queries of one panel, and how their results are shown. `queries` are (expression, legend)."""

    title: str
    kind: str  # stat, lines, bars, heatmap
    width: int  # of 24
    unit: str
    description: str
    queries: tuple[tuple[str, str], ...]
    thresholds: tuple[tuple[float | None, str], ...] = ((None, BLUE),)
    stacked: bool = False


def quantile(share: float) -> str:
    """Expression of the latency, in seconds, that `share` of the look-ups do not exceed."""
    buckets = f'http_request_duration_seconds_bucket{{{OURS}, handler="/recommendations"}}'
    return f"histogram_quantile({share}, sum by (le) (rate({buckets}[$interval])))"


ERRORS = (
    f'(sum(rate(http_request_duration_seconds_count{{{ROUTES}, status="5xx"}}[$interval])) or vector(0))'
    f" / (sum(rate(http_request_duration_seconds_count{{{ROUTES}}}[$interval])) > 0)"
)
QUALITY = f'recommendations_%s_quality{{{OURS}, metric="%s"}}'

ROWS: tuple[tuple[int, tuple[Panel, ...]], ...] = (
    (
        3,
        (
            Panel("Up", "stat", 3, "short", "1 while every instance answers Prometheus. Red: at least one does not.",
                  ((f"min(up{{{OURS}}})", "up"),), ((None, RED), (1, GREEN))),
            Panel("Ready", "stat", 3, "short", "1 while every instance has a set loaded. 0: at least one has none and answers 503.",
                  ((f"min(recommendations_ready{{{OURS}}})", "ready"),), ((None, RED), (1, GREEN))),
            Panel("Requests", "stat", 3, "reqps", "Requests per second, without health checks and /metrics.",
                  ((f"sum(rate(http_request_duration_seconds_count{{{OURS}}}[$interval]))", "requests"),)),
            Panel("Errors now", "stat", 3, "percentunit", "Share of recommendation requests answered 5xx. Objective: at most 0.1%.",
                  ((ERRORS, "errors"),), ((None, GREEN), (0.001, YELLOW), (0.0144, RED))),
            Panel("p99 now", "stat", 3, "s", "99% of look-ups take at most this time. Objective: at most 25 ms.",
                  ((quantile(0.99), "p99"),), ((None, GREEN), (0.01, YELLOW), (0.025, RED))),
            Panel("Age of the set", "stat", 3, "s", "Time since the set in use was made. A new set is expected each month; above 40 days an alert fires.",
                  (('max(recommendations:set_age_seconds{instance=~"$instance"})', "age"),),
                  ((None, GREEN), (33 * 86400, YELLOW), (40 * 86400, RED))),
            Panel("As of", "stat", 3, "dateTimeAsIso", "Last month of the data behind the set in use.",
                  ((f"min(recommendations_set_as_of_timestamp_seconds{{{OURS}}}) * 1000", "as of"),)),
            Panel("Customers", "stat", 3, "short", "Customers in the set in use. If the number falls suddenly, check the input of the last run.",
                  ((f"min(recommendations_set_customers{{{OURS}}})", "customers"),), ((None, RED), (1, BLUE))),
        ),
    ),
    (
        5,
        (
            Panel("Requests by status", "lines", 6, "reqps", "Requests per second by class of HTTP status.",
                  (('sum by (status) (recommendations:requests:rate1m{instance=~"$instance"})', "{{status}}"),), stacked=True),
            Panel("Error share", "lines", 4, "percentunit", "Share of recommendation requests answered 5xx. Yellow: above the objective of 0.1%. Red: above 1.44%, the limit of the alert that pages.",
                  ((ERRORS, "5xx"),), ((None, GREEN), (0.001, YELLOW), (0.0144, RED))),
            Panel("Latency", "lines", 7, "s", "Time of look-ups of one customer, measured in the service. Red: above the objective of 25 ms.",
                  ((quantile(0.5), "p50"), (quantile(0.95), "p95"), (quantile(0.99), "p99")), ((None, GREEN), (0.025, RED))),
            Panel("Latency heat map", "heatmap", 7, "s", "Look-ups per second by their time. Two separate bands show two kinds of requests.",
                  (('sum by (le) (recommendations:latency_buckets:rate1m{instance=~"$instance"})', "{{le}}"),), ((None, GREEN), (0.025, RED))),
        ),
    ),
    (
        5,
        (
            Panel("In progress and rejected", "lines", 4, "short", "Requests that wait for their answer, and rejected requests per second by reason.",
                  ((f"sum(http_requests_inprogress{{{OURS}}})", "in progress"),
                   (f"sum by (reason) (rate(recommendations_rejected_total{{{OURS}}}[$interval]))", "{{reason}}/s")), ((None, GREEN), (400, RED))),
            Panel("CPU", "lines", 3, "percentunit", "Share of one core by instance. A process uses at most one core for answers.",
                  ((f"rate(process_cpu_seconds_total{{{OURS}}}[$interval])", "{{instance}}"),), ((None, GREEN), (0.8, RED))),
            Panel("Memory", "lines", 3, "bytes", "Resident memory by instance. It is higher for seconds while a new set is loaded. Red: above 850 MB, as the alert.",
                  ((f"process_resident_memory_bytes{{{OURS}}}", "{{instance}}"),), ((None, GREEN), (850e6, RED))),
            Panel("Answers by source", "lines", 5, "reqps", "Answers per second. personal: the customer's own list; popular: customer not in the set; none: nothing may be or is left to be offered.",
                  ((f"sum by (source) (rate(recommendations_answers_total{{{OURS}}}[$interval]))", "{{source}}"),), stacked=True),
            Panel("Fallback share", "lines", 4, "percentunit", "Share of answers from the popular list over 15 minutes. Red: above 20%, clients ask for customers who are not in the set.",
                  (('recommendations:fallback:ratio15m{instance=~"$instance"}', "{{instance}}"),), ((None, GREEN), (0.2, RED))),
            Panel("Products asked for (k)", "lines", 5, "short", "k of a request: median and 95th percentile.",
                  tuple((f"histogram_quantile({q}, sum by (le) (rate(recommendations_k_bucket{{{OURS}}}[$interval])))", name)
                        for q, name in ((0.5, "p50"), (0.95, "p95")))),
        ),
    ),
    (
        6,
        (
            Panel("Recommended products", "bars", 7, "percentunit", "Share of each product in the first places of answers. If one product has nearly all of them, look for an error or a campaign.",
                  ((f'topk(8, sum by (product) (rate(recommendations_products_total{{{OURS}, rank_band="1"}}[$interval]))'
                    f' / scalar(sum(rate(recommendations_products_total{{{OURS}, rank_band="1"}}[$interval]))))', "{{product}}"),)),
            Panel("By rank", "lines", 4, "short", "Recommended products per second by band of rank.",
                  ((f"sum by (rank_band) (rate(recommendations_products_total{{{OURS}}}[$interval]))", "{{rank_band}}"),), stacked=True),
            Panel("Scores", "bars", 6, "percentunit", "Share of recommended products by band of their score, a probability.",
                  ((f"sum by (band) (rate(recommendations_scores_total{{{OURS}}}[$interval]))"
                    f" / scalar(sum(rate(recommendations_scores_total{{{OURS}}}[$interval])))", "{{band}}"),)),
            Panel("Stability index", "lines", 7, "short", "Population stability index: product shares in the lists requested in 15 minutes against the shares of the whole set, at the same places. Below 0.1: no difference; above 0.25: the customers requested differ from those of the set, or the set is wrong. Empty below 1,000 answers.",
                  ((f"recommendations_stability_index{{{OURS}}}", "{{instance}}"),), ((None, GREEN), (0.1, YELLOW), (0.25, RED))),
        ),
    ),
    (
        5,
        (
            Panel("MAP@7, offline and realised", "lines", 6, "short", "Offline: the set's model on the backtest month. Realised: an earlier set on its target month, written by `bankrec evaluate`. Popularity: the offline value of popularity alone.",
                  ((f"max({QUALITY % ('offline', 'map_at_7')})", "offline"), (f"max({QUALITY % ('offline', 'map_at_7_popularity')})", "popularity"),
                   (f"max({QUALITY % ('realised', 'map_at_7')})", "realised"))),
            Panel("Forecast", "lines", 4, "short", "Acquisitions observed in the last month evaluated, their forecast, and its 80% interval from low to high; outside it an alert fires. next: the forecast of the set in use for the next month.",
                  tuple((f'max(recommendations_realised_acquisitions{{{OURS}, of="{of}"}})', of) for of in ("observed", "expected", "low", "high"))
                  + tuple((f'max(recommendations_expected_acquisitions{{{OURS}, of="{of}"}})', f"next {of}") for of in ("expected", "low", "high"))),
            Panel("Coverage and novelty", "lines", 5, "short", "Of the first five places. Coverage: share of the products that are recommended to at least one customer. Novelty, in bits: higher means rarer products.",
                  ((f"max({QUALITY % ('offline', 'coverage_at_5')})", "coverage"), (f"max({QUALITY % ('offline', 'novelty_at_5')})", "novelty (bits)"))),
            Panel("Loads and refusals", "lines", 5, "short", "Sets loaded and refused in the last hour. If a set is refused, the log has the reason.",
                  ((f"sum by (result) (increase(recommendations_set_loads_total{{{OURS}}}[1h]))", "{{result}}"),
                   (f"max(recommendations_set_refused{{{OURS}}})", "refused now")), ((None, GREEN), (1, YELLOW))),
            Panel("Time to load", "lines", 4, "s", "Mean time to verify and load a set, since the service started.",
                  ((f"sum(recommendations_set_load_seconds_sum{{{OURS}}})"
                    f" / (sum(recommendations_set_load_seconds_count{{{OURS}}}) > 0)", "seconds"),), ((None, GREEN), (5, YELLOW))),
        ),
    ),
)  # fmt: skip
SWITCHES = 'changes(recommendations_set_created_timestamp_seconds{job="recommendations"}[1m]) > 0'


def _lines(panel: Panel) -> Any:
    legend = build_common.VizLegendOptions().show_legend(True).placement(common.LegendPlacement.BOTTOM)
    legend = legend.display_mode(common.LegendDisplayMode.LIST)
    tooltip = build_common.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING)
    made = timeseries.Panel().legend(legend).tooltip(tooltip).line_width(1.5).fill_opacity(25 if panel.stacked else 8)
    if panel.stacked:
        made = made.stacking(build_common.StackingConfig().mode(common.StackingMode.NORMAL))
    modes = common.GraphTresholdsStyleMode
    shown = modes.DASHED if len(panel.thresholds) > 1 else modes.OFF
    made = made.thresholds_style(build_common.GraphThresholdsStyleConfig().mode(shown))
    return made.min(0)


def _stat(_: Panel) -> Any:
    last = build_common.ReduceDataOptions().calcs(["lastNotNull"])
    return (
        stat.Panel()
        .reduce_options(last)
        .graph_mode(common.BigValueGraphMode.NONE)
        .color_mode(common.BigValueColorMode.BACKGROUND)
    )


def _bars(_: Panel) -> Any:
    last = build_common.ReduceDataOptions().calcs(["lastNotNull"])
    return bargauge.Panel().reduce_options(last).orientation(common.VizOrientation.HORIZONTAL).min(0)


def _heatmap(_: Panel) -> Any:
    colours = heatmap.HeatmapColorOptions().mode(heatmap_model.HeatmapColorMode.SCHEME).scheme("Oranges").steps(32)
    return heatmap.Panel().calculate(False).color(colours).y_axis(heatmap.YAxisConfig().unit("s"))


KINDS: dict[str, Callable[[Panel], Any]] = {"lines": _lines, "stat": _stat, "bars": _bars, "heatmap": _heatmap}


def _panel(panel: Panel, number: int, place: dashboard.GridPos) -> Any:
    steps = [dashboard.Threshold(value=value, color=colour) for value, colour in panel.thresholds]
    limits = build.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(steps)
    made = KINDS[panel.kind](panel).title(panel.title).description(panel.description).unit(panel.unit)
    made = made.id(number).grid_pos(place).datasource(SOURCE).thresholds(limits)
    for letter, (expression, legend) in zip("ABCDEFG", panel.queries, strict=False):
        query = prometheus.Dataquery().ref_id(letter).expr(expression).legend_format(legend).datasource(SOURCE)
        query = query.instant() if panel.kind in ("stat", "bars") else query.range()
        if panel.kind == "heatmap":
            query = query.format("heatmap")
        made = made.with_target(query)
    return made


def make() -> dashboard.Dashboard:
    """The whole dashboard."""
    instance = (
        build.QueryVariable("instance").label("Instance").datasource(SOURCE).multi(True).include_all(True).all_value(".*")
        .query('label_values(up{job="recommendations"}, instance)')
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .current(dashboard.VariableOption(text="All", value="$__all"))
    )  # fmt: skip
    interval = build.IntervalVariable("interval").label("Interval").values("1m,5m,15m,1h")
    interval = interval.current(dashboard.VariableOption(text="1m", value="1m"))
    switches = (
        build.AnnotationQuery().name("Set switches").datasource(SOURCE).enable(True).icon_color("purple").expr(SWITCHES)
    )
    made = (
        build.Dashboard("Recommendations").uid("bank-recommendations").tags(["recommendations"]).timezone("browser")
        .description("Availability, latency, recommendations, quality and age of the set. Monitoring.md explains every metric and alert.")
        .refresh("10s").time("now-1h", "now").editable().tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
        .with_variable(instance).with_variable(interval).annotation(switches)
    )  # fmt: skip
    top, number = 0, 1
    for height, panels in ROWS:
        left = 0
        for panel in panels:
            made = made.with_panel(_panel(panel, number, dashboard.GridPos(h=height, w=panel.width, x=left, y=top)))
            left, number = left + panel.width, number + 1
        top += height
    return made.build()


def text() -> str:
    """The content of `dashboard.json`."""
    return str(JSONEncoder(sort_keys=True, indent=2).encode(make())) + "\n"


if __name__ == "__main__":
    OUTPUT.write_text(text())
