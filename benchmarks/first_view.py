"""How long the page takes until a customer's list is shown, and how many bytes it fetches.

    python -m benchmarks.first_view --url http://localhost:4601 --loads 20

Of a running service with DEMO=1, by Chromium with an empty cache: median and least of the loads. Other work on the
machine makes a load slower, never faster.
"""

from __future__ import annotations

import argparse
import shutil
import statistics

from playwright.sync_api import sync_playwright

# Noted by the page itself: the way between the browser and this script takes milliseconds of its own.
SHOWN = """new MutationObserver(() => {
  if (!window.shown && document.querySelector(".list li")) window.shown = performance.now();
}).observe(document, { childList: true, subtree: true });"""


def first_views(url: str, loads: int) -> tuple[list[float], int]:
    """Seconds of each load until the list is there, and the bytes over the wire of the last one."""
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.add_init_script(SHOWN)
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
        sizes: list[int] = []
        wire.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
        seconds = []
        for _ in range(loads):
            page.goto("about:blank")
            sizes.clear()
            page.goto(url)
            page.wait_for_selector(".list li")
            seconds.append(page.evaluate("window.shown") / 1000)
        browser.close()
    return seconds, sum(sizes)


def main() -> None:
    """Read the options, load, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--url", default="http://localhost:4601", help="address of the page")
    parser.add_argument("--loads", type=int, default=20)
    options = parser.parse_args()
    seconds, size = first_views(options.url, options.loads)
    print(f"first view: median {statistics.median(seconds):.3f} s, least {min(seconds):.3f} s; {size:,} bytes")


if __name__ == "__main__":
    main()
