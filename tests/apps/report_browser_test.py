"""What a browser shows of a report: report_browser_test.py BUILD_DIR"""
import os
import subprocess
import sys
import tempfile
import time
import unittest

from browser import Browser, programs

BUILD = os.path.abspath(sys.argv.pop(1))
SAMPLE_PLOTS = 5  # tests/apps/sample_page.h

# Each text's worst contrast, as WCAG counts it, with what lies behind it.
CONTRAST = """
const parse = c => { const v = c.match(/[\\d.]+/g).map(Number); return v.length < 4 ? [...v.slice(0, 3), 1] : v; };
const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
const behind = e => e ? over(parse(getComputedStyle(e).backgroundColor), behind(e.parentElement)) : [255, 255, 255, 1];
const light = c => { const [r, g, b] = c.slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const contrast = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05); };
"""
TEXTS = CONTRAST + """
const all = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const e = walk.currentNode.parentElement, text = walk.currentNode.data.trim();
  if (!text || !e.getClientRects().length) continue;
  const style = getComputedStyle(e), ink = parse(e.namespaceURI.endsWith('svg') ? style.fill : style.color);
  all.push([contrast(over(ink, behind(e)), behind(e)), text]);
}
return all.sort((a, b) => a[0] - b[0]);
"""
SERIES = CONTRAST + """
return [...document.querySelectorAll('svg.key > :last-child')].map(e => {
  const style = getComputedStyle(e);
  return contrast(parse(e.tagName == 'rect' ? style.stroke : style.color), behind(e.closest('figure')));
});
"""

# What is wider than its place: whether it can be scrolled, and whether words and a shadow at the edge say so. Then what
# reaches beyond the page without standing in such a place.
WIDE = """
const scrollers = [...document.querySelectorAll('body *')].filter(e => !e.closest('svg, .more'))
    .filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display != 'inline').map(e => {
  const box = e.getBoundingClientRect(), words = e.querySelector('.more span'), style = getComputedStyle(e);
  const seen = words && words.getBoundingClientRect(), sign = words && words.parentElement.getBoundingClientRect();
  return {name: e.tagName + '.' + e.className, scrolls: style.overflowX == 'auto',
          shadow: style.backgroundImage.includes('gradient'), keyboard: e.tabIndex == 0,
          words: !!seen && sign.height > 15 && seen.left >= box.left && seen.right <= box.right
                 && seen.top >= sign.top && seen.bottom <= sign.bottom ? words.innerText : ''};
});
const narrow = [...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth <= e.clientWidth + 1)
    .filter(e => e.querySelector('.more').getBoundingClientRect().height > 0).map(e => e.innerText.slice(0, 60));
const beyond = [...document.querySelectorAll('main *, header *')].filter(e => !e.closest('.scroll, svg'))
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + '.' + e.className);
return {scrollers, narrow, beyond};
"""
# The texts of each plot: the names and the labels of its axes, and texts that overlap or are cut off.
AXES = """
return [...document.querySelectorAll('svg.plot')].map(svg => {
  const box = svg.getBoundingClientRect(), texts = [...svg.querySelectorAll('text')].map(e => {
    const group = e.parentElement, upright = group.getAttribute('transform').includes('rotate(270)');
    return {text: e.textContent, upright, end: group.getAttribute('text-anchor') == 'end',
            at: e.getBoundingClientRect()};
  });
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom - 2 && b.top < a.bottom - 2;
  const name = texts.filter(t => !t.upright).pop();
  return {title: svg.closest('figure').querySelector('figcaption').innerText, label: svg.getAttribute('aria-label'),
          y_name: texts.filter(t => t.upright).map(t => t.text).join(' '), x_name: name ? name.text : '',
          y: texts.filter(t => !t.upright && t.end).map(t => t.text),
          x: texts.filter(t => !t.upright && !t.end && t != name).map(t => t.text),
          overlapping: texts.flatMap((a, i) => texts.slice(i + 1).filter(b => meet(a.at, b.at)).map(b => [a.text, b.text])),
          cut: texts.filter(t => t.at.left < box.left - 1 || t.at.right > box.right + 1 || t.at.top < box.top - 1
                                 || t.at.bottom > box.bottom + 1).map(t => t.text)};
});
"""


def build(program, *arguments, **environment):
    subprocess.run([os.path.join(BUILD, program), *arguments], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, **environment})


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        cls.browser = cls.enterClassContext(Browser(os.path.join(cls.folder, "profile")))

    def file(self, name):
        return os.path.join(self.folder, name)

    def open(self, file, width=1400, scheme="light"):
        self.browser.show(width, scheme)
        self.browser.open(file)

    def texts(self, selector):
        return self.browser.run(f"return [...document.querySelectorAll('{selector}')].map(e => e.innerText.trim())")

    def check_page(self, file, plots):
        """All that is true of every report, in both colour schemes, on a telephone and on a desk."""
        for width in (400, 1400):
            for scheme in ("light", "dark"):
                with self.subTest(width=width, scheme=scheme):
                    self.open(file, width, scheme)
                    self.check_view(width, plots)
        self.assertEqual(self.browser.log(), [])
        self.assertEqual(self.browser.run("return performance.getEntriesByType('resource').map(e => e.name)"
                                          ".filter(n => !n.startsWith('data:'))"), [])

    def check_view(self, width, plots):
        run = self.browser.run
        self.assertEqual(run("return innerWidth"), width)
        self.assertLessEqual(run("return document.documentElement.scrollWidth"), width)
        sizes = run("return [...document.querySelectorAll('svg.plot')].map(e => e.getBoundingClientRect())"
                    ".map(r => [r.width, r.height])")
        self.assertEqual(len(sizes), plots)
        for w, h in sizes:
            self.assertGreater(w, 250)
            self.assertGreater(h, 150)
        self.assertTrue(all(run("return [...document.images].map(e => e.complete && e.naturalWidth > 0)")))
        self.check_width(run(WIDE))
        for plot in run(AXES):
            self.check_axes(plot)
        contrast, text = run(TEXTS)[0]
        self.assertGreaterEqual(contrast, 4.5, text)
        self.assertGreaterEqual(min(run(SERIES), default=3), 3)
        ids = run("return [...document.querySelectorAll('[id]')].map(e => e.id)")
        self.assertEqual(len(ids), len(set(ids)))
        self.assertEqual(run("return [...document.querySelectorAll('use')].map(e => e.getAttribute('xlink:href'))"
                             ".filter(h => !document.querySelector(h))"), [])

    def check_width(self, wide):
        """Nothing is cut without a sign that it goes on, and what is whole has no such sign."""
        for scroller in wide["scrollers"]:
            self.assertTrue(scroller["scrolls"] and scroller["shadow"] and scroller["keyboard"], scroller)
            self.assertIn("scroll sideways", scroller["words"], scroller)
        self.assertEqual(wide["narrow"], [])
        self.assertEqual(wide["beyond"], [])

    def check_axes(self, plot):
        """A logarithmic axis says so, and values can be read off it; no text covers another or is cut off."""
        for axis in ("x", "y"):
            if "log scale" in plot[axis + "_name"]:
                self.assertGreaterEqual(len(plot[axis]), 4, plot)
        self.assertEqual(plot["label"].count("log scale"),
                         sum("log scale" in plot[axis + "_name"] for axis in ("x", "y")), plot)
        self.assertEqual(plot["overlapping"], [], plot["title"])
        self.assertEqual(plot["cut"], [], plot["title"])

    def test_shows_all_that_the_page_holds(self):
        page = self.file("sample.html")
        build("report_page", page)
        self.check_page(page, SAMPLE_PLOTS)
        self.assertEqual(self.browser.run("return document.title"), "What does BatchNorm do? <em>A report</em>")
        verdicts = ["SUPPORTED", "NOT SUPPORTED", "INCONCLUSIVE"]
        self.assertEqual(self.texts(".summary .badge"), verdicts)
        self.assertEqual(self.texts("h2 .badge"), verdicts)
        self.assertEqual(self.browser.run("return [...document.querySelectorAll('.summary a')]"
                                          ".filter(a => !document.querySelector(a.hash)).length"), 0)
        self.assertEqual(self.texts("blockquote"), ["Batch Normalization allows much higher learning rates."])
        self.assertEqual(self.browser.run("return document.scripts.length + document.querySelectorAll('em').length"), 0)
        axes = {plot["title"]: plot for plot in self.browser.run(AXES)}
        self.assertEqual(axes["Test accuracy by learning rate"]["x_name"], "learning rate (log scale)")
        self.assertEqual(axes["Gradient norms"]["y_name"], "standard deviation over batches / over images (log scale)")
        self.open(page, 400)
        wide = self.browser.run(WIDE)["scrollers"]
        self.assertEqual(len(wide), 1)  # the one table that is wider than a telephone
        self.open(page)
        self.assertEqual(self.browser.run(WIDE)["scrollers"], [])
        self.assertIn("model's name_with^marks", self.browser.run(
            "return [...document.querySelectorAll('svg.plot text')].map(e => e.textContent)"))
        self.assertEqual(len(self.texts(".missing")), 1)
        self.assertEqual(self.browser.run("return document.images.length"), 3)

    def test_reloads_itself_while_a_run_goes_on(self):
        page = self.file("live.html")
        build("report_page", page, "1")
        self.open(page)
        self.assertEqual(self.browser.run("return document.querySelector('meta[http-equiv=refresh]').content"), "1")
        build("report_page", page)
        deadline = time.monotonic() + 20
        while self.browser.run("return document.querySelectorAll('meta[http-equiv=refresh]').length"):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        self.assertEqual(self.texts(".live"), [])

    def test_without_gnuplot_it_has_its_tables(self):
        page = self.file("tables.html")
        build("report_page", page, EVENKEEL_GNUPLOT="/nonexistent")
        self.check_page(page, 0)
        self.assertEqual(sum("apt-get install gnuplot-nox" in text for text in self.texts(".missing")), SAMPLE_PLOTS)
        self.assertEqual(len(self.texts("table")), 4)

    def test_what_compare_writes(self):
        build("convnet", "compare", "--dataset", "synthetic", "--model", "convnet-8x8", "--limit-train", "200",
              "--limit-test", "100", "--epochs", "2", "--lr", "0.001", "--init-gain", "2",  # so that the arms' activations differ
              "--quiet", "--out", self.file("run"))
        self.check_page(self.file("run/report.html"), 8)
        self.assertEqual(self.texts(".summary td:first-child"), ["BatchNorm", "without norm"])
        self.assertTrue(self.texts("h2")[1].startswith("Without norm"))
        self.assertEqual(self.texts("section .badge-note"), ["from one seed"] * len(self.texts("h2 .badge.good")))
        plots = self.browser.run(AXES)
        for title in ("Activations by layer", "Gradients by layer"):
            with self.subTest(title=title):
                batch, none = [plot for plot in plots if plot["title"] == title]
                self.assertEqual((batch["x"], batch["y"]), (none["x"], none["y"]))
        self.assertEqual(self.texts("h2")[-1], "The runs")
        self.assertEqual(len(self.texts("table.map")), 2)
        self.assertEqual(self.texts(".missing"), [])


if __name__ == "__main__":
    if not all(programs()):
        print("SKIPPED: chromium is not installed")
        sys.exit(0)
    unittest.main()
