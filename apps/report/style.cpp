#include "apps/report/style.h"

namespace ek {

const char* const kStyle = R"css(
:root {
  color-scheme: light dark;
  --page: #f7f8f8; --card: #ffffff; --text: #1b2126; --muted: #56606a; --rule: #dde2e6;
  --grid: #e6eaed;
  --link: #00629b; --shade-rgb: 0 114 178;
  --s1: #0072b2; --s2: #d55e00; --s3: #008f68; --s4: #b8588f; --s5: #b27a00; --s6: #2f8fc7;
  --s7: #1b2126;
  --edge: rgb(20 30 40 / .3);
  --good: #0b5a41; --good-back: #dcf2e9; --bad: #8c3300; --bad-back: #fce6da; --open: #3e4851;
  --open-back: #e8ecef;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #121518; --card: #1a1e22; --text: #e7eaed; --muted: #a3adb6; --rule: #2e353b;
    --grid: #2a3036;
    --link: #6fbaf0; --shade-rgb: 62 146 204;
    --s1: #56b4e9; --s2: #f08a4b; --s3: #2fc59a; --s4: #e29cc4; --s5: #e8b33a; --s6: #4a8fd6;
    --s7: #e7eaed;
    --edge: rgb(220 235 255 / .3);
    --good: #86dfbb; --good-back: #143a2d; --bad: #ffb58c; --bad-back: #46260f; --open: #cdd5dc;
    --open-back: #2b3238;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body {
  margin: 0 auto; max-width: 78rem; padding: clamp(1.25rem, 3vw, 3rem) clamp(1rem, 3vw,
    2.5rem) 4rem;
  background: var(--page); color: var(--text); overflow-wrap: break-word;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans",
    sans-serif;
}
h1 {
  margin: 0 0 .75rem; font-size: clamp(1.6rem, 1.2rem + 1.6vw, 2.3rem); line-height: 1.2;
  letter-spacing: -.015em;
  text-wrap: balance;
}
h2 {
  margin: 0 0 .75rem; font-size: clamp(1.25rem, 1.1rem + .6vw, 1.55rem); line-height: 1.25;
  letter-spacing: -.01em;
}
h2 .verdict { margin-left: .5rem; vertical-align: .15em; }
h3 { margin: 1.75rem 0 .5rem; font-size: 1rem; }
p, blockquote, ul.caveats { max-width: 44rem; margin: 0 0 .75rem; }
a { color: var(--link); text-underline-offset: .15em; }
section { margin-top: 3rem; padding-top: 2rem; border-top: 1px solid var(--rule);
scroll-margin-top: 1rem; }
blockquote {
  padding: .15rem 0 .15rem 1rem; border-left: 3px solid var(--s1); font-size: 1.08rem;
  font-style: italic;
}
.live { padding: .5rem .9rem; border-radius: .5rem; background: var(--open-back);
color: var(--open); }
.badge {
  display: inline-block; padding: .12rem .6rem; border-radius: 1rem; white-space: nowrap;
  font-size: .75rem; font-weight: 650; line-height: 1.5; letter-spacing: .04em;
}
.verdict { display: inline-flex; flex-wrap: wrap; align-items: center; gap: .2rem .5rem; }
.badge-note { color: var(--muted); font-size: .8rem; font-weight: 400; letter-spacing: 0;
white-space: nowrap; }
.good { color: var(--good); background: var(--good-back); }
.bad { color: var(--bad); background: var(--bad-back); }
.open { color: var(--open); background: var(--open-back); }

.plots {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 27rem), 1fr)); gap: 1rem;
  margin: 1.25rem 0;
}
figure { margin: 0; }
figure.plot {
  min-width: 0; padding: .9rem 1rem .6rem; border: 1px solid var(--rule); border-radius: .6rem;
  background: var(--card);
}
figure.plot figcaption { font-weight: 600; line-height: 1.35; }
figure.plot svg.plot { display: block; width: 100%; height: auto; margin-top: .4rem;
color: var(--muted); }
svg.plot text { font-size: 13.5px; }
.legend {
  display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; margin: .35rem 0 0; padding: 0;
  list-style: none;
  font-size: .86rem;
}
.legend li { display: flex; align-items: center; gap: .4rem; min-width: 0; }
svg.key { flex: none; width: 36px; height: 12px; overflow: visible; fill: none; }
.missing {
  margin: .75rem 0; padding: .75rem 1rem; border: 1px dashed var(--muted); border-radius: .4rem;
  color: var(--muted); font-size: .9rem;
}

.pictures {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(7.5rem, 1fr)); gap: 1rem;
  margin: .75rem 0 1.25rem;
}
figure.picture.wide { grid-column: 1 / -1; max-width: 36rem; }
figure.picture img { display: block; width: 100%; height: auto; border-radius: .35rem;
image-rendering: pixelated; }
figure.picture figcaption { margin-top: .35rem; color: var(--muted); font-size: .82rem;
line-height: 1.35; }

details.terms { margin: 1.25rem 0; padding: .75rem 1rem; border: 1px solid var(--rule);
border-radius: .6rem; }
details.terms summary { font-weight: 600; cursor: pointer; }
details.terms dl { margin: .75rem 0 0; columns: 24rem 2; column-gap: 2.5rem; }
details.terms dl > div { break-inside: avoid; margin-bottom: .7rem; }
details.terms dt { font-weight: 600; font-size: .92rem; }
details.terms dd { margin: 0; color: var(--muted); font-size: .92rem; line-height: 1.45; }

figure.table { margin: 1.25rem 0; container-type: inline-size; }
figure.table figcaption { margin-bottom: .45rem; font-weight: 600; }
.scroll {
  overflow-x: auto; width: fit-content; max-width: 100%; border: 1px solid var(--rule);
  border-radius: .6rem;
  /* A shadow at each edge,
    and above it a cover that moves with the table: the shadow is seen where the table goes on. */
  background:
    linear-gradient(to right, var(--card) 50%, transparent) left / 3rem 100% no-repeat local,
    linear-gradient(to left, var(--card) 50%, transparent) right / 3rem 100% no-repeat local,
    linear-gradient(to right, var(--edge), transparent) left / 1.1rem 100% no-repeat scroll,
    linear-gradient(to left, var(--edge), transparent) right / 1.1rem 100% no-repeat scroll,
    var(--card);
}
main > figure.table .scroll { width: auto; }
.wide { width: fit-content; min-width: 100%; }
/* Of no size unless the table (100 %) is wider than its place (100cqw,
  of which the frame takes 2px). */
.more {
  position: sticky; left: 0; height: 0; overflow: hidden;
  width: clamp(0px, (100% - 100cqw + 1px) * 999, 100cqw - 2px);
  padding-top: clamp(0px, (100% - 100cqw + 1px) * 999, 1.9rem);
}
.more span { position: absolute; right: .9rem; top: .35rem; color: var(--muted); font-size: .82rem;
}
table {
  border-collapse: collapse; width: 100%; font-size: .92rem; line-height: 1.4;
  font-variant-numeric: tabular-nums;
}
th, td { padding: .45rem .9rem; text-align: left; vertical-align: top; }
th { color: var(--muted); font-size: .82rem; font-weight: 600; vertical-align: bottom; }
td { border-top: 1px solid var(--rule); }
.r { text-align: right; }
td.r, table.map td:first-child { white-space: nowrap; }
table.map th, table.map td { padding: .35rem .6rem; }
td[style] { background: rgb(var(--shade-rgb) / var(--shade)); }
.numbers td:first-child, .numbers th:first-child {
  position: sticky; left: 0; background: var(--card);
}

pre {
  margin: .4rem 0 1rem; padding: .75rem 1rem; border: 1px solid var(--rule); border-radius: .5rem;
  background: var(--card);
  font: .86rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  white-space: pre-wrap; overflow-wrap: anywhere;
}
ul.caveats { padding-left: 1.2rem; color: var(--muted); }

@media (max-width: 40rem) {
  section { margin-top: 2rem; padding-top: 1.5rem; }
  figure.plot { padding: .75rem .6rem .4rem; }
  .pictures { grid-template-columns: repeat(auto-fill, minmax(6rem, 1fr)); gap: .75rem; }
  svg.plot text { font-size: 16.5px; }
  .cards thead { display: none; }
  .cards, .cards tbody, .cards tr { display: block; }
  .cards tr { padding: .7rem .9rem; border-top: 1px solid var(--rule); }
  .cards tr:first-child { border-top: 0; }
  .cards td {
    display: flex; gap: 1rem; justify-content: space-between; padding: .15rem 0; border: 0;
    text-align: right;
    white-space: normal;
  }
  .cards td::before {
    content: attr(data-label); flex: 0 1 auto; min-width: 30%; color: var(--muted);
    text-align: left;
  }
  .cards .verdict { justify-content: flex-end; }
  .cards td:first-child { display: block; text-align: left; font-weight: 600; }
  .cards td:first-child::before, .cards td:empty { display: none; }
}
@media print {
  :root { --page: #fff; --card: #fff; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .scroll { overflow: visible; background: none; }
  .more { display: none; }
  figure, tr, blockquote, pre { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .live { display: none; }
}
)css";

}  // namespace ek
