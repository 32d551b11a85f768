"""How long a frame of an interactive figure takes, in headless Chromium.

Usage: frames.py [CLASS [WIDTH [TRAIT=LOW:HIGH ...]]], as in frames.py LearningClock 360 t=0:0.4. By
default the learning clock at 1,280 pixels, and each number of its setting over its range (up to
twice its value, where it has no largest one). The figure is made from 2,000 words. Each trait takes
120 values in a row, and the work of each frame (script and layout) is measured by the browser's own
clock. A frame has 16.7 ms.
"""

import base64
import json
import sys
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

import w2vlib
from w2vbook import interactives
from w2vbook.interactives._base import Interactive
from w2vbook.interactives.symmetry_explorer import MOST

NAME = sys.argv[1] if len(sys.argv) > 1 else "LearningClock"
WIDTH = int(sys.argv[2]) if len(sys.argv) > 2 else 1280
RANGES = dict(argument.split("=") for argument in sys.argv[3:])
FRAMES = 120
CHROMIUM = next(
    (path for path in ("/usr/bin/chromium", "/usr/bin/google-chrome") if Path(path).exists()), None
)
MODEL = """(state) => {
  const values = {};
  for (const [name, value] of Object.entries(state)) {
    values[name] = value?.base64 === undefined ? value
      : new DataView(Uint8Array.from(atob(value.base64), (c) => c.charCodeAt(0)).buffer);
  }
  const heard = {};
  window.model = {
    get: (name) => values[name],
    set(name, value) {
      values[name] = value;
      for (const event of [`change:${name}`, "change"]) (heard[event] ?? []).forEach((f) => f());
    },
    on: (events, f) => events.split(" ").forEach((event) => (heard[event] ??= []).push(f)),
    off() {}, save_changes() {}, send() {},
  };
}"""
MEASURE = """async ([name, values]) => {
  const work = [], real = window.requestAnimationFrame;
  window.requestAnimationFrame = (f) => real((now) => {
    const begin = performance.now();
    f(now);
    document.body.offsetWidth;
    work.push(performance.now() - begin);
  });
  for (const value of values) {
    model.set(name, value);
    await new Promise((done) => real(() => setTimeout(done)));
  }
  window.requestAnimationFrame = real;
  return work;
}"""


def race() -> Interactive:
    """Return a forecast race of two runs that went as forecast: 400 recordings, 8 directions."""
    stats = w2vlib.load_statistics(2000)
    eigvals, _ = w2vlib.top_eigenpairs(w2vlib.m_star(stats, dtype=np.float32), 8)
    runs, forecasts = [], []
    for start in (1e-6, 1e-3):
        halves = w2vlib.learning_times(eigvals, start)
        t = np.linspace(0, 1.3 * halves.max(), 400)
        curves = w2vlib.mode_strengths(t, eigvals, start)
        runs.append({"name": f"{start:g}", "times": t, "strengths": curves, "loss": 1 - t / t[-1]})
        forecasts.append({"heights": eigvals, "half_times": halves, "strengths": curves})
    return interactives.ForecastRace(runs, forecasts)


def make(name: str) -> Interactive:
    """Return a figure of the class of this name."""
    if name not in interactives.__all__:
        sys.exit(f"no figure {name!r}; choose one of {', '.join(interactives.__all__)}")
    if name == "ForecastRace":
        return race()
    figure = getattr(interactives, name)
    stats = w2vlib.load_statistics(2000)
    if name == "AnalogyPlayground":
        return figure(w2vlib.pca_embeddings(stats, 128), rng=np.random.default_rng(0))
    if name == "SymmetryExplorer":  # as many words as it takes
        block = w2vlib.m_star(stats)[:MOST, :MOST]
        return figure({"words": (stats.words[:MOST], block, "line")})
    if name == "OwnText":
        return figure()
    return figure() if name == "WindowCounter" else figure(stats)


def sweeps(figure: Interactive) -> dict[str, list[float]]:
    """Return the values that each trait takes; sizes of many orders on a logarithmic scale."""
    found = {}
    for name, kind in figure._linked.items():
        if (RANGES and name not in RANGES) or kind["many"]:
            continue
        if name in RANGES:
            low, high = map(float, RANGES[name].split(":"))
        elif kind["kind"] in ("whole", "number"):
            low, high = kind["low"] or 0, kind["high"]
            high = 2 * getattr(figure, name) or 1 if high is None else high
        else:
            continue
        spaced = np.geomspace if low > 0 and high / low > 1e4 else np.linspace
        values = spaced(low, high, FRAMES)
        found[name] = (np.round(values) if kind["kind"] == "whole" else values).tolist()
    return found


def state_of(figure: Interactive) -> str:
    """Return the figure's state, binary traits in base64."""
    return json.dumps(
        {
            name: {"base64": base64.b64encode(value).decode()}
            if isinstance(value, bytes)
            else value
            for name, value in figure.get_state().items()
            if isinstance(value, (bytes, str, int, float, list, bool)) and not name.startswith("_")
        }
    )


def main() -> None:
    figure = make(NAME)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 900})
        page.set_content(f"<style>{figure._css}</style><div id='here'></div>")
        page.evaluate(MODEL, json.loads(state_of(figure)))
        page.evaluate(
            """async (source) => {
              const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
              (await import(url)).default.render({ model, el: document.getElementById("here") });
            }""",
            figure._esm,
        )
        page.wait_for_timeout(500)
        for name, values in sweeps(figure).items():
            before = getattr(figure, name)
            work = np.array(page.evaluate(MEASURE, [name, values]))
            page.evaluate("([name, value]) => model.set(name, value)", [name, before])
            print(
                f"{NAME}, {WIDTH} px, {name} changes: {len(work)} frames, "
                f"median {np.median(work):.1f} ms, 95 % {np.quantile(work, 0.95):.1f} ms, "
                f"longest {work.max():.1f} ms"
            )
        if wrong := page.locator('[role="alert"]').all_inner_texts():
            print(wrong[0])
        browser.close()


if __name__ == "__main__":
    main()
