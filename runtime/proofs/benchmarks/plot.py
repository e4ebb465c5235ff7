#!/usr/bin/env python3
"""Draws what coroutines cost beside other ways, from JMH's JSON: plot.py NAME=RESULTS.json ... > FIGURE.svg

Each line of the figure is a piece of work, each mark the ratio of our time to another way's, by a scale of powers of ten:
left of the line at 1 ours is faster. NAME says what was measured, such as the JDK; each has a column of its own.

plot.py --growth NAME=RESULTS.json ... draws what one costs among a hundred and among a million, from the JSON of the programs.
"""
import json
import math
import re
import sys

COLOURS = {
    "hand": "#222222", "kotlin": "#7f52ff", "future": "#d9822b", "pool": "#a0522d", "stream": "#2b8a3e",
    "reactor": "#1c7ed6", "rxJava": "#c2255c", "virtual": "#0b7285", "raw": "#868e96"}
LOWEST, HIGHEST = 0.01, 100
LEFT, WIDTH, GAP, LINE, TOP = 330, 420, 40, 17, 74


def rows(results):
    """Ratios of our time to each other way's, by work: {'PlainCall 1 AWAIT': {'kotlin': 0.4}}."""
    times = {}
    for r in results:
        name, way = re.fullmatch(r".*\.(\w+)Benchmark\.(\w+)", r["benchmark"]).groups()
        work = " ".join([re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name), *r.get("params", {}).values()])
        times.setdefault(work, {})[way] = min(min(fork) for fork in r["primaryMetric"]["rawData"])
    return {
        work: {way: ways["woven"] / t for way, t in ways.items() if way != "woven"}
        for work, ways in times.items() if "woven" in ways and len(ways) > 1}


def x(ratio):
    at = math.log10(min(max(ratio, LOWEST), HIGHEST) / LOWEST) / math.log10(HIGHEST / LOWEST)
    return round(at * WIDTH, 1)


def column(name, ratios, works, left):
    yield f'<text x="{left + WIDTH / 2}" y="{TOP - 38}" text-anchor="middle" font-weight="bold">{name}</text>'
    bottom = TOP + LINE * len(works)
    for power in range(round(math.log10(LOWEST)), round(math.log10(HIGHEST)) + 1):
        at = left + x(10.0**power)
        colour = "#222222" if power == 0 else "#d0d0d0"
        yield f'<line x1="{at}" y1="{TOP - 8}" x2="{at}" y2="{bottom}" stroke="{colour}"/>'
        yield f'<text x="{at}" y="{TOP - 14}" text-anchor="middle">{10.0**power:g}</text>'
    for i, work in enumerate(works):
        y = TOP + LINE * i + LINE / 2
        for way, ratio in sorted(ratios.get(work, {}).items()):
            yield (f'<circle cx="{left + x(ratio)}" cy="{y}" r="4.5" fill="{COLOURS.get(way, "#868e96")}">'
                   f"<title>{work}: {ratio:.2f} of {way}</title></circle>")


def figure(measured):
    works = sorted({work for ratios in measured.values() for work in ratios})
    ways = sorted({way for ratios in measured.values() for ways in ratios.values() for way in ways})
    width = LEFT + len(measured) * (WIDTH + GAP)
    height = TOP + LINE * len(works) + 20
    yield f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="11">'
    yield f'<rect width="{width}" height="{height}" fill="white"/>'
    yield '<text x="10" y="18" font-size="14">Our time divided by another way\'s: left of 1 ours is faster</text>'
    for i, way in enumerate(ways):
        at = LEFT + 100 * i
        yield f'<circle cx="{at + 110}" cy="14" r="4.5" fill="{COLOURS.get(way, "#868e96")}"/>'
        yield f'<text x="{at + 119}" y="18">{way}</text>'
    for i, work in enumerate(works):
        y = TOP + LINE * i
        if i % 2 == 0:
            yield f'<rect y="{y}" width="{width}" height="{LINE}" fill="#f6f6f6"/>'
        yield f'<text x="{LEFT - 14}" y="{y + 12}" text-anchor="end">{work}</text>'
    for i, (name, ratios) in enumerate(measured.items()):
        yield from column(name, ratios, works, LEFT + i * (WIDTH + GAP))
    yield "</svg>"


PANEL, HEIGHT, FOOT = 300, 220, 40
LEAST, MOST = 1, 100_000


def point(panel, index, numbers, nanos):
    at = 60 + panel * (PANEL + 60) + index * PANEL / (len(numbers) - 1)
    up = math.log10(min(max(nanos, LEAST), MOST) / LEAST) / math.log10(MOST / LEAST)
    return at, TOP + HEIGHT * (1 - up)


def panel(index, work, numbers, measured):
    """One piece of work: a line for each way of each column of results."""
    left = 60 + index * (PANEL + 60)
    yield f'<text x="{left}" y="{TOP - 12}" font-weight="bold">{work}</text>'
    for power in range(round(math.log10(LEAST)), round(math.log10(MOST)) + 1):
        _, y = point(index, 0, numbers, 10.0**power)
        yield f'<line x1="{left}" y1="{y}" x2="{left + PANEL}" y2="{y}" stroke="#d0d0d0"/>'
        yield f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{10**power:,}</text>'
    for i, number in enumerate(numbers):
        at, y = point(index, i, numbers, LEAST)
        yield f'<text x="{at}" y="{y + 16}" text-anchor="middle">{number:,}</text>'
    for column, (name, results) in enumerate(measured.items()):
        for way, figures in results["growth"].get(work, {}).items():
            points = [point(index, i, numbers, nanos) for i, nanos in enumerate(figures)]
            dashes = "" if column == 0 else f' stroke-dasharray="{6 - column * 2} 3"'
            yield (f'<polyline points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in points)}" fill="none" stroke-width="2"'
                   f' stroke="{COLOURS.get(way.lower(), "#2b8a3e")}"{dashes}><title>{way}, {name}</title></polyline>')
            for (a, b), nanos in zip(points, figures):
                yield f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3"><title>{way}, {name}: {nanos:.1f} ns</title></circle>'


def growth(measured):
    first = next(iter(measured.values()))
    works, numbers = list(first["growth"]), first["numbers"]
    width = 60 + len(works) * (PANEL + 60)
    height = TOP + HEIGHT + FOOT
    yield f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="11">'
    yield f'<rect width="{width}" height="{height}" fill="white"/>'
    names = ", ".join(name if i == 0 else name + " dashed" for i, name in enumerate(measured))
    yield f'<text x="10" y="18" font-size="14">Nanoseconds for each, of so many. Green: ours; violet: Kotlin; {names}</text>'
    for i, work in enumerate(works):
        yield from panel(i, work, numbers, measured)
    yield "</svg>"


def main(arguments):
    grows = arguments[:1] == ["--growth"]
    files = arguments[1:] if grows else arguments
    if not files or any("=" not in a for a in files):
        sys.exit(__doc__)
    results = {}
    for argument in files:
        name, file = argument.split("=", 1)
        with open(file, encoding="utf-8") as f:
            results[name] = json.load(f)
    lines = growth(results) if grows else figure({name: rows(r) for name, r in results.items()})
    print("\n".join(lines))


if __name__ == "__main__":
    main(sys.argv[1:])
