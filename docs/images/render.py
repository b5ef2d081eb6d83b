#!/usr/bin/env python3
"""Pictures of the bot's screens, from what the crawler saw.

    BOT_ALBUM=/tmp cargo local test crawler
    docs/images/render.py /tmp/ru.json docs/images/ru     one picture for each screen that docs/bot.md shows
    docs/images/render.py /tmp/ru.json sheet.png          all screens on one sheet, to look at

Needs Debian's package chromium.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

# The screens that docs/bot.md shows: a file name, and how the text of the screen begins.
SHOWN = {
    "ask-for-token": ("👋",),
    "how-to-get-a-token": ("❓ Как получить токен", "❓ How to get a token"),
    "first-sync": ("✅ Токен принят", "✅ The token is accepted"),
    "menu": ("🏠",),
    "new-order": ("🛒 Новый заказ", "🛒 New order"),
    "cancellation": ("❌",),
    "buyout": ("💰 Выкуп", "💰 Buyout"),
    "return": ("↩️",),
    "review": ("⭐ Отзыв", "⭐ Review"),
    "answer": ("✍️",),
    "answer-preview": ("👀",),
    "stock": ("📉 Заканчивается", "📉 Running out"),
    "group": ("🛒 Новые заказы", "🛒 New orders"),
    "orders": ("🛒 Заказы\n", "🛒 Orders\n"),
    "order-filters": ("🛒 Заказы ·", "🛒 Orders ·"),
    "order-card": ("🛒 Заказ ·", "🛒 Order ·"),
    "stocks": ("📦 Склад", "📦 Stock\n"),
    "stock-card": ("📦 Остатки", "📦 Stock of"),
    "reviews": ("⭐ Отзывы", "⭐ Reviews"),
    "review-card": ("⭐ Отзыв 2/5 · 14.11", "⭐ Review 2/5 · 14 Nov"),
    "analytics": ("📈",),
    "notifications": ("🔔",),
    "kind": ("📉 Заканчивающиеся остатки", "📉 Stock running out"),
    "mute": ("🔕 О чём", "🔕 What"),
    "quiet-hours": ("🌙",),
    "settings": ("⚙️",),
    "invite": ("👥",),
    "status": ("📡",),
    "digest": ("📰 Сводка", "📰 Digest of"),
}
WIDTH = 440
STYLE = """
body { margin: 0; background: #d6e3c9; font: 15px/1.42 'DejaVu Sans', 'Noto Color Emoji', sans-serif; }
main.sheet { columns: 4; column-gap: 14px; padding: 14px; width: 1740px; }
.screen { width: 400px; padding: 16px 20px; break-inside: avoid; }
.sheet .screen { padding: 0 0 18px; }
.why { color: #53624a; font-size: 11px; }
.bubble { background: #fff; border-radius: 14px; overflow: hidden; box-shadow: 0 1px 1px #0002; }
.photo { height: 150px; background: linear-gradient(135deg, #c9b6f2, #7f5fc9); display: grid; place-items: center; font-size: 64px; }
.text { padding: 9px 13px 11px; white-space: pre-wrap; overflow-wrap: anywhere; }
.text a, .text code { color: #2f78b7; text-decoration: none; }
.text blockquote { margin: 3px 0; padding: 2px 8px; border-left: 3px solid #6aa84f; background: #eef5ea; }
.row { display: flex; gap: 5px; margin-top: 5px; }
.button { flex: 1; background: #8fa97f; color: #fff; border-radius: 9px; text-align: center; padding: 8px 4px; font-size: 14px; }
"""


def screen(entry, with_why):
    why = f'<div class="why">{entry["why"]}</div>' if with_why else ""
    photo = '<div class="photo">🧥</div>' if entry["photo"] else ""
    rows = "".join(
        '<div class="row">' + "".join(f'<div class="button">{label}</div>' for label in row) + "</div>"
        for row in entry["keyboard"]
    )
    return f'<div class="screen">{why}<div class="bubble">{photo}<div class="text">{entry["html"]}</div></div>{rows}</div>'


def page(body, sheet):
    kind = "sheet" if sheet else "one"
    return f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style><main class="{kind}">{body}</main>'


def chromium(*arguments):
    with tempfile.TemporaryDirectory() as profile:
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
        command += ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"]
        command += [f"--user-data-dir={profile}", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


def shoot(html, width, target):
    with tempfile.TemporaryDirectory() as directory:
        source = pathlib.Path(directory, "page.html")
        measure = "<script>document.title = document.querySelector('main').getBoundingClientRect().height</script>"
        source.write_text(html + measure)
        title = re.search(r"<title>([\d.]+)</title>", chromium(f"--window-size={width},800", "--dump-dom", f"file://{source}"))
        height = int(float(title[1])) + 1
        chromium(f"--window-size={width},{height}", f"--screenshot={target.resolve()}", f"file://{source}")


def plain(html):
    return re.sub(r"<[^>]+>", "", html)


def main(album, target):
    entries = json.loads(pathlib.Path(album).read_text())
    target = pathlib.Path(target)
    if target.suffix == ".png":
        shoot(page("".join(screen(entry, True) for entry in entries), True), 1768, target)
        return
    target.mkdir(parents=True, exist_ok=True)
    for name, beginnings in SHOWN.items():
        entry = next((entry for entry in entries if plain(entry["html"]).startswith(beginnings)), None)
        if entry is None:
            sys.exit(f"the album has no screen for {name}")
        shoot(page(screen(entry, False), False), WIDTH, target / f"{name}.png")
        print(target / f"{name}.png")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
