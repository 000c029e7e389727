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
        contrast, text = run(TEXTS)[0]
        self.assertGreaterEqual(contrast, 4.5, text)
        self.assertGreaterEqual(min(run(SERIES), default=3), 3)
        ids = run("return [...document.querySelectorAll('[id]')].map(e => e.id)")
        self.assertEqual(len(ids), len(set(ids)))
        self.assertEqual(run("return [...document.querySelectorAll('use')].map(e => e.getAttribute('xlink:href'))"
                             ".filter(h => !document.querySelector(h))"), [])

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
        self.assertEqual(len(self.texts("table")), 3)

    def test_what_compare_writes(self):
        build("convnet", "compare", "--dataset", "synthetic", "--model", "convnet-8x8", "--limit-train", "200",
              "--limit-test", "100", "--epochs", "2", "--lr", "0.001", "--quiet", "--out", self.file("run"))
        self.check_page(self.file("run/report.html"), 8)
        self.assertEqual(self.texts(".summary td:first-child"), ["batch", "none"])
        self.assertEqual(self.texts("h2")[-1], "The runs")
        self.assertEqual(len(self.texts("table.map")), 2)
        self.assertEqual(self.texts(".missing"), [])


if __name__ == "__main__":
    if not all(programs()):
        print("SKIPPED: chromium is not installed")
        sys.exit(0)
    unittest.main()
