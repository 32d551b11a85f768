"""The interactives in JupyterLab, in a real browser, with a kernel behind them.

A server of its own, with settings of its own, shows a small notebook. The reader's hand moves a
figure, and a cell prints what the kernel knows of it; then the kernel moves it, and the figure
follows. Nothing comes from another machine.
"""

from __future__ import annotations

import importlib.util
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import TYPE_CHECKING

import nbformat
import pytest
from conftest import missing
from interactive_pages import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELLS = (
    "import w2vlib\n"
    "from w2vbook.interactives import LearningClock, MatrixViewer\n"
    "stats = w2vlib.load_statistics(500)\n"
    "clock = LearningClock(stats, d=5, t=0.0)\n"
    "clock",
    "viewer = MatrixViewer(stats, d_max=20, k=2)\nviewer",
    "print(f'the kernel has t = {clock.t:.4f}, d = {clock.d}, k = {viewer.k}')",
    "clock.d, clock.t, viewer.k = 3, 0.125, 7",
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start JupyterLab on a folder with the notebook; return the notebook's address."""
    if importlib.util.find_spec("jupyterlab") is None:
        missing("no JupyterLab; run: pip install -r requirements.txt")
    folder = tmp_path_factory.mktemp("lab")
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    (folder / "work").mkdir()
    nbformat.write(notebook, folder / "work" / "figures.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {
        name: str(folder / name.lower())
        for name in (
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "JUPYTERLAB_SETTINGS_DIR",
            "JUPYTERLAB_WORKSPACES_DIR",
            "IPYTHONDIR",
        )
    }
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": folder / "work",
        "ServerApp.allow_root": True,
        "ServerApp.open_browser": False,
        "IdentityProvider.token": "",
        "LabApp.news_url": "None",
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.extension_manager": "readonly",
        "LabApp.expose_app_in_browser": True,
    }
    command = [sys.executable, "-m", "jupyterlab"]
    command += [f"--{name}={value}" for name, value in options.items()]
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, **own, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/api/status", timeout=5).close()
                break
            except OSError:
                if server.poll() is not None:
                    break
                time.sleep(0.25)
        else:
            pytest.fail("JupyterLab did not answer: " + (folder / "log").read_text()[-2000:])
        if server.poll() is not None:
            pytest.fail("JupyterLab ended: " + (folder / "log").read_text()[-2000:])
        yield f"{address}/lab/tree/figures.ipynb"
    finally:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()


def run(page: Page, n: int) -> Locator:
    """Run the n-th cell and return its output."""
    cell = page.locator(".jp-Notebook .jp-CodeCell").nth(n)
    before = cell.locator(".jp-InputPrompt").inner_text()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        r"""([cell, before]) => {
          const now = cell.querySelector(".jp-InputPrompt").innerText;
          return now !== before && /\d/.test(now);
        }""",
        arg=[cell.element_handle(), before],
    )
    return cell.locator(".jp-OutputArea-output")


def told(page: Page) -> dict[str, float]:
    """Return what the kernel knows of the two figures, as a cell prints it."""
    page.wait_for_timeout(500)  # the widgets send what has changed a few times a second
    text = run(page, 2).inner_text()
    return {name: float(value) for name, value in re.findall(r"(\w) = ([\d.]+)", text)}


def drag(page: Page, slider: Locator, to: float) -> None:
    """Drag a slider's thumb to a share of its range."""
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box
    low, high = (float(slider.get_attribute(end) or 0) for end in ("min", "max"))
    share = (float(slider.input_value()) - low) / (high - low)
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 8 + share * (box["width"] - 16), y)
    page.mouse.down()
    page.mouse.move(box["x"] + 8 + to * (box["width"] - 16), y, steps=5)
    page.mouse.up()


def test_figures_and_kernel_move_each_other(lab: str, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1200, "height": 1400})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    own = (
        lab.split("/lab")[0],
        "data:",
        "blob:",
        "about:",
        lab.split("/lab")[0].replace("http", "ws"),
    )
    page.on(
        "request",
        lambda request: None if request.url.startswith(own) else faults.append(request.url),
    )
    page.goto(lab)
    page.wait_for_function(
        """window.jupyterapp?.shell.currentWidget?.sessionContext?.session
          ?.kernel?.status === 'idle'""",
        timeout=60_000,
    )
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function("document.querySelectorAll('.w2v').length === 2", timeout=60_000)
    clock, viewer = page.locator(".w2v").nth(0), page.locator(".w2v").nth(1)

    # The last cell has run as well: the kernel's side came first.
    page.wait_for_function("document.querySelector('.w2v').innerText.includes('t = 0.125')")
    assert told(page) == {"t": 0.125, "d": 3, "k": 7}
    assert viewer.get_by_role("slider").first.input_value() == "7"

    # A hand moves the figures, and the kernel knows.
    time_, rank = clock.get_by_role("slider", name="Time"), viewer.get_by_role("slider").first
    drag(page, time_, 0.6)
    drag(page, rank, 0.75)
    k = int(rank.input_value())
    assert k not in (2, 7)
    after = told(page)
    shown = re.search(r"At t = ([\d.]+)", clock.inner_text())
    assert shown
    assert after["t"] == pytest.approx(float(shown[1]), abs=1e-3)
    assert after["t"] > 0.1
    assert (after["d"], after["k"]) == (3, k)
    dimension = clock.get_by_role("slider", name="Dimension")
    dimension.press("ArrowRight")
    assert dimension.input_value() == "4"
    assert told(page)["d"] == 4

    # Python moves them back, and the figures follow.
    run(page, 3)
    page.wait_for_function("document.querySelector('.w2v').innerText.includes('t = 0.125')")
    assert dimension.input_value() == "3"
    assert rank.input_value() == "7"
    assert clock.get_by_role("alert").count() == viewer.get_by_role("alert").count() == 0

    # A setting in the address is the site's business alone.
    assert page.get_by_role("button", name="Copy link").count() == 0
    assert "learning_clock" not in page.url
    assert not faults
    page.evaluate("jupyterapp.serviceManager.sessions.shutdownAll()")
    context.close()
