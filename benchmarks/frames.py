"""How long a frame of the learning clock takes: 2,000 words, 20 directions, headless Chromium.

Usage: frames.py [width]. The page is drawn anew for 120 times in a row, and the work of each frame
(script and layout) is measured by the browser's own clock. A frame has 16.7 ms.
"""

import json
import sys
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

import w2vlib
from w2vlib.interactives import LearningClock

WIDTH = int(sys.argv[1]) if len(sys.argv) > 1 else 1280
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


def state_of(figure: LearningClock) -> str:
    """Return the figure's state, binary traits in base64."""
    import base64

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
    figure = LearningClock(w2vlib.load_statistics(2000))
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
        for name, values in (
            ("t", np.linspace(0, 0.4, 120)),
            ("sigma", np.logspace(-12, -1, 120)),
        ):
            work = np.array(page.evaluate(MEASURE, [name, values.tolist()]))
            print(
                f"{WIDTH} px, {name} changes: {len(work)} frames, median {np.median(work):.1f} ms, "
                f"95 % {np.quantile(work, 0.95):.1f} ms, longest {work.max():.1f} ms"
            )
        browser.close()


if __name__ == "__main__":
    main()
