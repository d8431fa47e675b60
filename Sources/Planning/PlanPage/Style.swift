/// How the page looks: on a screen in light and dark, on a phone, and printed.
enum Style {
    static let markup = Markup.style(
        """
        :root{color-scheme:light dark;--paper:#fff;--wash:#f6f7f9;--ink:#1a1d21;--soft:#565f6a;--line:#dde1e6;--grid:#e8ebef;
        --first:#1f5fa8;--second:#a8480c;--third:#5b4a9e;--band:.16;
        --cluster:#2f73bd;--more:#b9d5f1;--more-s:#2f73bd;--others:#c9ced5;--others-s:#8b94a0;--free:#f1f4f7;--edge:#b3bcc7;
        --short:#f4c7c2;--short-s:#b3261e;--reserved:#d5ecdd;--reserved-s:#2b8a57;--kept:#f2eddd;--kept-s:#c4b27e;--aws:#3c434c;
        --mixed:#e3e7ec;--mixed-s:#8b94a0;--good:#17683c;--bad:#b3261e;--warn:#8f5200}
        @media screen and (prefers-color-scheme:dark){:root{--paper:#13161a;--wash:#1b1f25;--ink:#e7eaee;--soft:#a3adb9;--line:#2d333b;
        --grid:#23282f;--first:#79b4f2;--second:#f0a36b;--third:#b6a6f5;--band:.24;
        --cluster:#4d93dd;--more:#21405f;--more-s:#79b4f2;--others:#3d4550;--others-s:#737e8c;--free:#232931;--edge:#5a6470;
        --short:#552320;--short-s:#ff8a80;--reserved:#173a28;--reserved-s:#5fc390;--kept:#29261a;--kept-s:#7f7246;--aws:#aab3be;
        --mixed:#262c33;--mixed-s:#737e8c;--good:#6fd49b;--bad:#ff8a80;--warn:#f2b866}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-behavior:smooth}
        body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
        overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
        header,nav,main,footer{max-width:70rem;margin:0 auto;padding:0 1.5rem}
        header{padding-top:3rem}
        h1{font-size:2.1rem;line-height:1.2;margin:.2rem 0 .4rem;letter-spacing:-.015em;font-weight:650}
        h2{font-size:1.4rem;line-height:1.25;margin:0 0 .6rem;letter-spacing:-.01em;font-weight:650}
        h3{font-size:1rem;line-height:1.4;margin:0 0 .15rem;font-weight:650}
        p{margin:0 0 .6rem;max-width:46rem}
        .lead{font-size:1.1rem}.soft,.tick{color:var(--soft)}
        .soft{font-size:.9rem}
        header>.soft{margin:0}
        .verdict{display:inline-block;width:1.15em}.good{color:var(--good)}.bad{color:var(--bad)}
        .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:1.25rem 1.5rem;margin:2rem 0 0;padding:1.25rem 0;
        border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
        .figures dt{font-size:.85rem;color:var(--soft)}.figures dd{margin:0}
        .figures strong{display:block;white-space:nowrap;font-size:1.4rem;line-height:1.35;font-weight:600;letter-spacing:-.01em}
        .figures .soft{display:block;font-size:.82rem;line-height:1.4}
        nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.4rem;list-style:none;margin:1rem 0 0;padding:0;font-size:.9rem}
        a{color:var(--first);text-underline-offset:.2em;text-decoration-thickness:1px}
        section{margin-top:3.5rem;scroll-margin-top:1rem}section>h3{margin-top:2rem}
        figure,.block{margin:1.4rem 0 2rem}
        figcaption p{margin-bottom:.7rem}
        .cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,19.5rem),1fr));gap:.5rem 2.5rem;align-items:start}
        .cards>figure{min-width:0;margin:1rem 0}
        .chart{display:block;width:100%;overflow:visible}
        .patterns{position:absolute}
        .key{display:flex;flex-wrap:wrap;gap:.2rem 1.3rem;list-style:none;margin:0 0 .9rem;padding:0;font-size:.85rem;color:var(--soft)}
        .key svg{margin-right:.45rem;vertical-align:-.06rem}
        svg text{font-size:13px;fill:var(--ink)}
        svg .tick{font-size:11.5px;fill:var(--soft);paint-order:stroke;stroke:var(--paper);stroke-width:3px}
        svg .small{font-size:10px}
        svg .note{font-weight:600}svg .grave{fill:var(--bad)}
        svg .series{font-weight:600;paint-order:stroke;stroke:var(--paper);stroke-width:4px;stroke-linejoin:round}
        .grid,.axis,.moment{stroke:var(--grid);stroke-width:1}.axis{stroke:var(--edge)}.moment{stroke:var(--soft);stroke-dasharray:2 3}
        .mark{stroke:var(--ink);stroke-width:1.5}
        .line{fill:none;stroke-width:2;vector-effect:non-scaling-stroke;stroke-linejoin:round}
        .band{opacity:var(--band)}
        .line.first{stroke:var(--first)}.band.first,svg .series.first{fill:var(--first)}
        .line.second{stroke:var(--second);stroke-dasharray:6 3}.band.second,svg .series.second{fill:var(--second)}
        .line.third{stroke:var(--third)}.band.third,svg .series.third{fill:var(--third)}
        .f-cluster{fill:var(--cluster)}.f-free{fill:var(--free);stroke:var(--edge);stroke-width:.6}.f-aws{fill:var(--aws)}
        .f-more{fill:url(#p-more)}.f-others{fill:url(#p-others)}.f-short{fill:url(#p-short)}.f-reserved{fill:url(#p-reserved)}
        .f-kept{fill:url(#p-kept)}.f-mixed{fill:url(#p-mixed)}
        .b-more{fill:var(--more)}.b-others{fill:var(--others)}.b-short{fill:var(--short)}.b-reserved{fill:var(--reserved)}
        .b-kept{fill:var(--kept)}.b-mixed{fill:var(--mixed)}
        .s-more{stroke:var(--more-s)}.s-others{stroke:var(--others-s)}.s-short{stroke:var(--short-s)}.s-reserved{stroke:var(--reserved-s)}
        .s-kept{stroke:var(--kept-s)}.s-mixed{stroke:var(--mixed-s)}
        details{margin-top:.6rem}
        summary{cursor:pointer;font-size:.85rem;color:var(--soft);width:fit-content}
        :focus-visible{outline:2px solid var(--first);outline-offset:2px;border-radius:2px}
        .scroll{overflow-x:auto;margin:.6rem 0 1.4rem}
        table{border-collapse:collapse;font-size:.875rem;line-height:1.4;min-width:min(100%,28rem)}
        caption{text-align:left;font-size:.85rem;color:var(--soft);padding-bottom:.35rem}
        th,td{padding:.32rem 1.3rem .32rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);font-weight:400;
        white-space:nowrap;overflow-wrap:normal}
        td:last-child,th:last-child{padding-right:0}
        thead th{color:var(--soft);font-size:.8rem;border-bottom-color:var(--edge);vertical-align:bottom}
        tbody th{font-weight:550}
        .n{text-align:right}thead .n{white-space:normal}.p{white-space:normal;min-width:14rem}
        code,pre{font:.85em/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
        pre{background:var(--wash);border:1px solid var(--line);border-radius:6px;padding:.7rem .9rem;overflow-x:auto;margin:.5rem 0 1rem;
        overflow-wrap:normal}
        .findings{list-style:none;margin:0;padding:0}
        .findings li{border-left:4px solid var(--bad);padding:.1rem 0 .1rem 1.1rem;margin:0 0 1.4rem}
        .findings .warning{border-left-style:double;border-left-color:var(--warn)}
        .findings p{margin-bottom:.3rem}
        .gravity{color:var(--bad);margin-right:.6rem}.warning .gravity{color:var(--warn)}
        .advice{padding-left:1.4rem;margin:1rem 0 0}.advice li{margin-bottom:1.2rem;padding-left:.3rem}.advice p{margin-bottom:.2rem}
        .facts{margin:0 0 1.5rem;display:grid;gap:.35rem}
        .facts div{display:grid;grid-template-columns:minmax(8rem,13rem) 1fr;gap:1rem}
        .facts dt{color:var(--soft)}.facts dd{margin:0}
        footer{margin-top:4rem;padding-top:1rem;padding-bottom:3rem;font-size:.85rem;color:var(--soft)}
        @media (max-width:40rem){header,nav,main,footer{padding-left:1rem;padding-right:1rem}header{padding-top:1.5rem}h1{font-size:1.6rem}
        .facts div{grid-template-columns:1fr;gap:0}.facts div+div{margin-top:.4rem}section{margin-top:2.5rem}}
        @media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
        @media print{:root{color-scheme:light}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
        body{font-size:10.5pt}nav,summary{display:none}header,main,footer{max-width:none;padding:0}
        section{margin-top:1.6rem}figure,tr,.findings li,.advice li{break-inside:avoid}h2,h3,figcaption,caption{break-after:avoid}
        .scroll,pre{overflow:visible}table{font-size:8pt;min-width:0}th,td{padding-right:.5rem;white-space:normal;overflow-wrap:anywhere}
        .n{overflow-wrap:normal}.p{min-width:0}pre{white-space:pre-wrap}
        details::details-content{display:block;content-visibility:visible;height:auto}
        .cards{grid-template-columns:1fr}}
        @page{margin:14mm}
        """)
}
