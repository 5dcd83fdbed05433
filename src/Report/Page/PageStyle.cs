namespace LedCluster.Report.Page;

/// <summary>The style sheet of the page: light and dark after the reader's preference, always light on paper.</summary>
internal static class PageStyle
{
    public const string Css = """
        :root{color-scheme:light dark;
        --paper:#ffffff;--ink:#1b2430;--muted:#5b6673;--grid:#e3e7ec;--rule:#c9d0d8;--panel:#f6f8fa;--accent:#2f6fb7;--reference:#868f9a;
        --warn:#8a4b00;--warnpaper:#fff6e8;--warnrule:#e0a040;
        --warmup:#b8860b;--macro:#2f6fb7;--micro:#cf5a0b;--s0:#00796b;--s1:#a8326f;--s2:#b07a00;--s3:#3f5fb5;--s4:#7a4fb0;--s5:#5d7a1f}
        @media screen and (prefers-color-scheme:dark){:root{
        --paper:#12171d;--ink:#e4e9ef;--muted:#9aa6b3;--grid:#28313b;--rule:#3a4551;--panel:#1a2129;--accent:#7db4f0;--reference:#7c8895;
        --warn:#ffcf8a;--warnpaper:#2b2216;--warnrule:#a8782e;
        --warmup:#f4da7c;--macro:#6aa9ee;--micro:#ee8038;--s0:#3fbfae;--s1:#e87cb4;--s2:#dcae45;--s3:#8fa8f2;--s4:#b794ea;--s5:#a5c65c}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 "Helvetica Neue",Helvetica,Arial,"Liberation Sans",sans-serif;
        font-variant-numeric:lining-nums}
        main{max-width:1164px;margin:0 auto;padding:44px 32px 64px}
        header{border-bottom:1px solid var(--rule);padding-bottom:22px;margin-bottom:22px}
        .kicker{margin:0 0 6px;color:var(--accent);font-size:12.5px;font-weight:600;letter-spacing:.08em;text-transform:uppercase}
        h1{margin:0 0 10px;font:600 32px/1.2 Charter,"Bitstream Charter","Sitka Text",Cambria,Georgia,"Liberation Serif",serif;text-wrap:balance}
        h2{margin:44px 0 14px;font:600 22px/1.25 Charter,"Bitstream Charter","Sitka Text",Cambria,Georgia,"Liberation Serif",serif}
        h3{margin:0 0 6px;font-size:12.5px;font-weight:600;color:var(--accent)}
        p{max-width:78ch;margin:0 0 10px}
        .lead{font-size:16px}
        .equations{margin-top:14px;padding:2px 0 2px 18px;border-left:3px solid var(--rule);
        font:italic 17px/1.7 "STIX Two Text","Cambria Math",Cambria,"Times New Roman","Liberation Serif",serif;overflow-x:auto;white-space:pre}
        .warnings{margin:0 0 22px;padding:12px 18px;border-left:4px solid var(--warnrule);background:var(--warnpaper);color:var(--warn)}
        .warnings h2{margin:0 0 4px;font:inherit;font-weight:600}
        .warnings ul{margin:0;padding-left:18px}
        .facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(225px,1fr));gap:20px 32px;padding:18px 22px;background:var(--panel);border-radius:6px}
        dl{margin:0;font-size:13.5px}
        dl div{display:flex;justify-content:space-between;gap:14px;padding:3px 0;border-bottom:1px solid var(--grid)}
        dl div:last-child{border-bottom:0}
        dt{color:var(--muted)}
        sub{font-size:.75em;line-height:0}
        dd{margin:0;text-align:right;overflow-wrap:anywhere;font-variant-numeric:tabular-nums lining-nums}
        figure{margin:0 0 38px}
        figcaption{max-width:112ch;font-size:13.5px;line-height:1.5;color:var(--ink)}
        .panels{display:grid;gap:12px 20px;margin-bottom:8px;justify-items:center;overflow-x:auto}
        .panels.two{grid-template-columns:repeat(2,minmax(0,1fr))}
        .panels.two>.plot:last-child:nth-child(odd){grid-column:1/-1}
        .plot{display:block;max-width:100%;height:auto}
        .plot image{image-rendering:auto}
        .table figcaption{margin-bottom:8px}
        .scroll{overflow-x:auto}
        table{border-collapse:collapse;font-size:13.5px;border-top:1.5px solid var(--ink);border-bottom:1.5px solid var(--ink)}
        th,td{padding:5px 18px 5px 8px;text-align:left;vertical-align:top}
        thead th{border-bottom:1px solid var(--ink);font-weight:600;vertical-align:bottom}
        tbody th{font-weight:400}
        tbody tr+tr>*{border-top:1px solid var(--grid)}
        .scroll th:first-child{position:sticky;left:0;background:var(--paper)}
        .meaning{display:block;max-width:62ch;font-size:12.5px;color:var(--muted)}
        .number{text-align:right;font-variant-numeric:tabular-nums lining-nums;white-space:nowrap}
        .reference{color:var(--muted);background:var(--panel)}
        .unit{display:block;font-weight:400;font-size:12.5px;color:var(--muted)}
        .note{margin:8px 0 0;font-size:12.5px;color:var(--muted)}
        summary{cursor:pointer;margin-bottom:10px}
        footer{margin-top:52px;padding-top:12px;border-top:1px solid var(--rule);font-size:12.5px;color:var(--muted);overflow-wrap:anywhere}
        footer code{font:12.5px/1.5 ui-monospace,"Liberation Mono",monospace;color:var(--ink);user-select:all}
        :focus-visible{outline:2px solid var(--accent);outline-offset:2px}
        @media screen and (max-width:900px){.panels.two{grid-template-columns:minmax(0,1fr)}}
        @media screen and (max-width:760px){main{padding:24px 16px}.facts{padding:16px}h1{font-size:27px}.equations{font-size:16px}
        th,td{padding:5px 8px 5px 4px}th.number,td.number{padding-right:4px}thead .number{white-space:normal}tbody th{min-width:130px}.scroll th:first-child{max-width:60vw}.equations{white-space:normal}.equations div{padding-left:1em;text-indent:-1em}}
        @media print{@page{margin:14mm}main{max-width:none;padding:0}body{font-size:9.5pt}.lead{font-size:10.5pt}figcaption,table,dl{font-size:8.5pt}h2{margin-top:22px}
        figure,aside,.facts{break-inside:avoid}h2{break-after:avoid}.warnings,.facts,.reference{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
        """;
}
