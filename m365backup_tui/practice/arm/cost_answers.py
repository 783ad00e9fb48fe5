"""`Microsoft.CostManagement/query`: sums of the cost lines, grouped and filtered (azure.md §5).

The shapes of request and answer are general knowledge: UNVERIFIED. Figures: see costs.py.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from aiohttp import web

from m365backup_tui.practice.arm.call import Call
from m365backup_tui.practice.arm.costs import Line, lines
from m365backup_tui.practice.arm.scopes import covers, group_scope
from m365backup_tui.practice.arm.targets import require_target
from m365backup_tui.practice.clock import from_iso
from m365backup_tui.practice.company.identity import everywhere
from m365backup_tui.practice.errors import ArmError

Json = dict[str, Any]
_TYPES = ("actualcost", "amortizedcost", "usage")
_SUMS: dict[str, Callable[[Line], float]] = {
    "cost": lambda line: line.cost,
    "pretaxcost": lambda line: line.cost,
    "costusd": lambda line: line.cost,
    "pretaxcostusd": lambda line: line.cost,
    "usagequantity": lambda line: line.gigabytes,
}
_GRAINS = ("none", "daily", "monthly")
MOST_AGGREGATIONS = MOST_GROUPINGS = 2
LONGEST_DAYS = 366


async def query(call: Call) -> web.Response:
    """The cost of the scope. No rows means no cost yet, which is no error."""
    require_target(call)
    body = await call.body()
    if str(body.get("type") or "").lower() not in _TYPES:
        raise _bad("The type is ActualCost, AmortizedCost or Usage.")
    first, last = _period(body, call.tenant.clock.now().date())
    dataset = body.get("dataset")
    if not isinstance(dataset, dict):
        raise _bad("The dataset is required.")
    grain = str(dataset.get("granularity") or "None").lower()
    if grain not in _GRAINS:
        raise _bad("The granularity is None, Daily or Monthly.")
    sums, groups = _aggregations(dataset), _groupings(dataset)
    wanted = _filter(dataset.get("filter"))
    table: dict[tuple[Any, ...], list[float]] = {}
    for line in await lines(call.tenant, first, last):
        if not covers(call.scope, group_scope(line.subscription_id, line.group)) or not wanted(
            line
        ):
            continue
        key = tuple(value for group in groups for value in group.values(line)) + _when(line, grain)
        row = table.setdefault(key, [0.0] * len(sums))
        for nr, name in enumerate(sums):
            row[nr] += _SUMS[name.lower()](line)
    columns = [{"name": name, "type": "Number"} for name in sums]
    columns += [{"name": name, "type": "String"} for group in groups for name in group.columns]
    if grain != "none":
        when = "UsageDate" if grain == "daily" else "BillingMonth"
        columns.append({"name": when, "type": "Number" if grain == "daily" else "Datetime"})
    columns.append({"name": "Currency", "type": "String"})
    name = everywhere("cost", call.scope.lower(), first.isoformat(), last.isoformat())
    answer = {
        "id": f"{call.scope}/providers/Microsoft.CostManagement/query/{name}",
        "name": name,
        "type": "Microsoft.CostManagement/query",
        "properties": {
            "nextLink": None,
            "columns": columns,
            "rows": [[*table[key], *key, "USD"] for key in sorted(table, key=str)],
        },
    }
    return web.json_response(answer)


def _when(line: Line, grain: str) -> tuple[Any, ...]:
    if grain == "daily":
        return (int(line.day.strftime("%Y%m%d")),)
    return (f"{line.day:%Y-%m}-01T00:00:00",) if grain == "monthly" else ()


class _Grouping:
    """One dimension or tag to group by."""

    def __init__(self, kind: str, name: str) -> None:
        self._tag = kind == "tagkey"
        self._name = name
        self.columns = ["TagKey", "TagValue"] if self._tag else [name]

    def values(self, line: Line) -> list[str]:
        """The values of its columns."""
        if self._tag:
            return [self._name.lower(), line.tag(self._name.lower())]
        return [line.dimension(self._name.lower()) or ""]


def _groupings(dataset: Json) -> list[_Grouping]:
    given = dataset.get("grouping") or []
    if not isinstance(given, list) or len(given) > MOST_GROUPINGS:
        raise _bad(f"The grouping is a list of up to {MOST_GROUPINGS}.")
    found = []
    for one in given:
        kind = str(one.get("type") or "").lower() if isinstance(one, dict) else ""
        name = one.get("name") if isinstance(one, dict) else None
        if kind not in ("dimension", "tagkey") or not isinstance(name, str) or not name:
            raise _bad("A grouping has a type (Dimension or TagKey) and a name.")
        if kind == "dimension":
            _known(name)
        found.append(_Grouping(kind, name))
    return found


def _aggregations(dataset: Json) -> list[str]:
    given = dataset.get("aggregation")
    if not isinstance(given, dict) or not 0 < len(given) <= MOST_AGGREGATIONS:
        raise _bad(f"The aggregation has one or {MOST_AGGREGATIONS} entries.")
    names = []
    for one in given.values():
        name = one.get("name") if isinstance(one, dict) else None
        if not isinstance(name, str) or name.lower() not in _SUMS or one.get("function") != "Sum":
            raise _bad("An aggregation has a name such as Cost or UsageQuantity, and function Sum.")
        names.append(name)
    return names


def _filter(given: Any, depth: int = 0) -> Callable[[Line], bool]:
    if given is None:
        return lambda line: True
    if not isinstance(given, dict) or len(given) != 1 or depth > 5:
        raise _bad("A filter is one of and, or, dimensions, tags.")
    ((kind, inside),) = given.items()
    if kind in ("and", "or") and isinstance(inside, list) and len(inside) > 1:
        tests = [_filter(one, depth + 1) for one in inside if one is not None]
        every = all if kind == "and" else any
        return lambda line: every(test(line) for test in tests)
    if kind not in ("dimensions", "tags") or not isinstance(inside, dict):
        raise _bad("A filter is one of and, or, dimensions, tags.")
    name, values = inside.get("name"), inside.get("values")
    if (
        not isinstance(name, str)
        or inside.get("operator") != "In"
        or not isinstance(values, list)
        or not all(isinstance(value, str) for value in values)
    ):
        raise _bad("A comparison has a name, the operator In and a list of values.")
    low = {value.lower() for value in values}
    if kind == "tags":
        return lambda line: line.tag(name.lower()).lower() in low
    _known(name)
    return lambda line: (line.dimension(name.lower()) or "").lower() in low


def _known(name: str) -> None:
    sample = Line(date.min, "exchange", 0.0, "", "", "", "/providers/a/b/c", "")
    if sample.dimension(name.lower()) is None:
        raise _bad(f"There is no dimension '{name}' here.")


def _period(body: Json, today: date) -> tuple[date, date]:
    frame = str(body.get("timeframe") or "").lower()
    month = today.replace(day=1)
    if frame in ("monthtodate", "billingmonthtodate"):
        return month, today
    if frame in ("thelastmonth", "thelastbillingmonth"):
        end = month - timedelta(days=1)
        return end.replace(day=1), end
    if frame == "weektodate":
        return today - timedelta(days=today.weekday()), today
    given = body.get("timePeriod")
    if frame != "custom" or not isinstance(given, dict):
        raise _bad(
            "The timeframe is MonthToDate, TheLastMonth, WeekToDate or Custom with timePeriod."
        )
    try:
        first, last = (from_iso(str(given.get(name))).date() for name in ("from", "to"))
    except (ValueError, OverflowError):
        raise _bad("The timePeriod has from and to, two moments.") from None
    if not 0 <= (last - first).days <= LONGEST_DAYS:
        raise _bad(f"The timePeriod is at most {LONGEST_DAYS} days, and to is not before from.")
    return first, last


def _bad(message: str) -> ArmError:
    return ArmError(400, "BadRequest", message)
