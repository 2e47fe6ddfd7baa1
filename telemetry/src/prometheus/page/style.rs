//! The page's style sheet.

/// Light and dark by the reader's choice. A kind has one colour, `--k`.
pub(super) const SHEET: &str = "\
:root{color-scheme:light dark;--bg:#f5f6f8;--card:#fff;--ink:#1b1f27;--dim:#667085;--line:#e4e7ec;\
--hot:#c81e1e;\
--counter:#2563eb;--gauge:#0d8f7b;--updown:#7c3aed;--histogram:#d2620a}\
@media(prefers-color-scheme:dark){:root{--bg:#0f1218;--card:#181c24;--ink:#e6e9ef;--dim:#8d97a8;\
--line:#272d38;\
--hot:#ff7b72;--counter:#6ea8fe;--gauge:#4fd1b5;--updown:#b794f6;--histogram:#f6a35c}}\
*{box-sizing:border-box}\
html{scroll-behavior:smooth;scroll-padding-top:4.5rem}\
body{margin:0;background:var(--bg);color:var(--ink);\
font:14px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}\
h1,h2,h3,p,ul,dl{margin:0;padding:0}\
a{color:inherit;text-decoration:none}\
.top{position:sticky;top:0;z-index:1;display:flex;flex-wrap:wrap;align-items:baseline;gap:.25rem .75rem;\
padding:.8rem 1.5rem;background:var(--card);border-bottom:1px solid var(--line)}\
.top h1{font-size:1.15rem;letter-spacing:-.01em}\
.top p{color:var(--dim)}\
.version,.constant{color:var(--dim);font-size:.85rem}\
.scrape{margin-left:auto;padding:.15rem .7rem;border:1px solid var(--line);border-radius:1rem;\
font:12px/1.6 ui-monospace,SFMono-Regular,Menlo,monospace}\
.scrape:hover,.scrape:focus-visible{border-color:var(--counter);color:var(--counter)}\
.all{display:grid;grid-template-columns:15rem minmax(0,1fr)}\
nav{position:sticky;top:3.3rem;align-self:start;max-height:calc(100vh - 3.3rem);overflow:auto;\
padding:1.2rem .5rem 2rem 1.5rem}\
nav h2{margin:.2rem 0 .3rem;font-size:.72rem;text-transform:uppercase;letter-spacing:.08em;color:var(--dim)}\
nav ul{list-style:none;margin-bottom:1rem}\
nav a{display:block;padding:.1rem .5rem;border-radius:.3rem;overflow:hidden;text-overflow:ellipsis;\
white-space:nowrap;\
font:12px/1.6 ui-monospace,SFMono-Regular,Menlo,monospace}\
nav a:hover{background:var(--line)}\
nav .empty{color:var(--dim)}\
main{padding:1.2rem 1.5rem 3rem 1rem}\
section{margin-bottom:1rem}\
section>h2{font-size:1.05rem}\
.about{color:var(--dim);margin-bottom:.8rem}\
.cards{columns:29rem;column-gap:1rem;padding-bottom:1rem}\
article{break-inside:avoid;margin-bottom:1rem;padding:.85rem 1rem .95rem;background:var(--card);\
border:1px solid var(--line);\
border-left:3px solid var(--k);border-radius:.5rem;overflow-x:auto}\
article:target{box-shadow:0 0 0 2px var(--k)}\
.counter{--k:var(--counter)}.gauge{--k:var(--gauge)}.updown{--k:var(--updown)}\
.histogram{--k:var(--histogram)}\
article header{display:flex;flex-wrap:wrap;align-items:baseline;gap:.15rem .5rem;margin-bottom:.2rem}\
h3{margin-right:auto;font:600 13px/1.5 ui-monospace,SFMono-Regular,Menlo,monospace;overflow-wrap:anywhere}\
.suffix{color:var(--dim);font-weight:400}\
.kind,.unit{font-size:.72rem;color:var(--k)}\
.unit{color:var(--dim)}\
dl{display:grid;grid-template-columns:auto minmax(0,1fr);gap:0 .7rem;margin-top:.35rem;font-size:.8rem}\
dt{font-family:ui-monospace,SFMono-Regular,Menlo,monospace;color:var(--k)}\
dd{margin:0;color:var(--dim);overflow-wrap:anywhere}\
.view,.views{font-size:.8rem;color:var(--dim)}\
.alerts{display:flex;flex-wrap:wrap;gap:0 1rem;margin-top:.35rem;list-style:none;font-size:.8rem;\
color:var(--dim)}\
.alerts li::before{content:'▲ ';color:var(--hot);font-size:.65rem;vertical-align:.1rem}\
table{width:100%;margin-top:.55rem;border-collapse:collapse;font-size:.85rem}\
th{padding:0 .5rem .15rem 0;text-align:left;font-weight:500;font-size:.72rem;color:var(--dim)}\
td{padding:.14rem .6rem .14rem 0;border-top:1px solid var(--line)}\
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\
.zero{color:var(--dim)}\
.big{font-size:1.35rem;line-height:1.3;margin-top:.3rem;color:var(--k);font-variant-numeric:tabular-nums}\
.hot{color:var(--hot);font-weight:600}\
.bar{width:28%;min-width:4rem;padding-right:0}\
.bar i{display:block;height:.5rem;border-radius:.25rem;background:var(--k);opacity:.75}\
.spark{width:5rem;padding-right:0}\
.spark svg{display:block;width:100%;height:1.15rem}\
.spark path{fill:var(--k);opacity:.8}\
.none,.more{margin-top:.4rem;font-size:.8rem;color:var(--dim);font-style:italic}\
@media(max-width:60rem){.all{grid-template-columns:minmax(0,1fr)}nav{display:none}main{padding:1rem}\
.top{padding:.7rem 1rem}}";
