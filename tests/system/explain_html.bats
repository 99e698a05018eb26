#!/usr/bin/env bats
# The page of explain --html in a real browser: its script sorts and filters, nothing is loaded from
# anywhere, and a hostile name does nothing.

load ../golden/common

data=$BULKHEAD_SOURCE/tests/golden/data/explain

setup() {
  browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || skip "there is no Chromium"
  page=$BATS_TEST_TMPDIR/page.html
  # Chromium asks its maker for updates whatever it is told: without a network it gets no answer.
  offline=()
  if unshare -n true 2>/dev/null; then offline=(unshare -n); fi
}

# Runs the browser with a profile of its own, in $profile.
chromium_alone() {
  profile=$(mktemp -d "$BATS_TEST_TMPDIR/profile.XXXXXX")
  timeout 100 "${offline[@]}" "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync --host-resolver-rules="MAP * ~NOTFOUND" \
    --user-data-dir="$profile" --enable-logging=stderr --log-net-log="$profile/net.json" "$@"
}

# The page as the browser has it after its script ran, and what it logged, in $dom and $log.
browse() {
  chromium_alone --dump-dom "$1" >"$BATS_TEST_TMPDIR/dom" 2>"$BATS_TEST_TMPDIR/log"
  dom=$(<"$BATS_TEST_TMPDIR/dom")
  log=$(grep -E 'CONSOLE' "$BATS_TEST_TMPDIR/log" || true)
}

# What the page itself asked for: the browser's own requests have no origin.
asked() {
  jq -r '.events[]?.params | select(.url? and .initiator? and .initiator != "not an origin") | .url' "$profile/net.json" |
    sort -u
}

make_page() {
  "$BULKHEAD" explain --html "$page" "$@" >/dev/null || [ $? -eq 1 ]
}

# The names of the rows that are shown, in their order.
names() {
  python3 - "$BATS_TEST_TMPDIR/dom" <<'EOT'
import html.parser, sys

class Rows(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.table = self.hidden = self.row = False
        self.cell = 0
        self.names = []

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        if tag == "table":
            self.table = "sortable" in (a.get("class") or "")
        elif tag == "tr":
            self.cell, self.hidden = 0, "hidden" in a
        elif tag == "td":
            self.cell += 1

    def handle_data(self, text):
        if self.table and self.cell == 2 and not self.hidden:
            self.names.append(text)

    def handle_endtag(self, tag):
        if tag in ("td", "table"):
            self.table = self.table and tag == "td"
            if self.cell == 2:
                self.cell = 2.5

rows = Rows()
rows.feed(open(sys.argv[1], encoding="utf-8").read())
print(" ".join(rows.names))
EOT
}

@test "the page opens: no error, the script has run, all rows are there" {
  make_page "$data/innocent.txt"
  browse "file://$page"
  [ -z "$log" ] || { echo "$log"; return 1; }
  [[ $dom == *"<output>11 of 11 rows</output>"* ]]
  [[ $dom == *'<button type="button">rss</button>'* ]]
  # As it was written: by badness.
  [[ "$(names)" == "orderdb shop-web"* ]]
}

@test "sorting by a link: largest first, smallest first, by name" {
  make_page "$data/innocent.txt"
  browse "file://$page#sort=rss"
  [[ "$(names)" == "tilecache orderdb shop-web shop-web shop-web systemd"* ]] || { names; return 1; }
  [[ $dom == *'aria-sort="descending"'* ]]
  browse "file://$page#sort=rss&order=ascending"
  [[ "$(names)" == "cron sshd"*"orderdb tilecache" ]] || { names; return 1; }
  browse "file://$page#sort=name&order=ascending"
  [[ "$(names)" == "cron nginx orderdb"*"tilecache" ]] || { names; return 1; }
}

@test "filtering by a link" {
  make_page "$data/innocent.txt"
  browse "file://$page#filter=Shop"
  [ "$(names)" = "shop-web shop-web shop-web" ]
  [[ $dom == *"<output>3 of 11 rows</output>"* ]]
  browse "file://$page#filter=%3Cb%3Enothing"
  [ -z "$(names)" ]
  [ -z "$log" ]
}

@test "a hostile name is text, and the browser asks nobody for anything" {
  make_page "$data/hostile.txt"
  browse "file://$page"
  [ -z "$log" ] || { echo "$log"; return 1; }
  [[ $dom == *"&lt;img src=x&gt;"* ]]
  [[ $dom != *"<img"* ]]
  [ "$(grep -c '<script' "$BATS_TEST_TMPDIR/dom")" -eq 1 ]
  [ -z "$(asked)" ]
  # One that does ask is seen.
  echo '<!doctype html><title>x</title><img src="http://127.0.0.1:1/seen">' >"$BATS_TEST_TMPDIR/asks.html"
  browse "file://$BATS_TEST_TMPDIR/asks.html"
  [ "$(asked)" = "http://127.0.0.1:1/seen" ]
}

@test "the policy of the page stops what was put into it later" {
  make_page "$data/line.txt"
  sed 's#</main>#<script>document.title = "owned"</script><img src="file:///x" onerror="document.title = 1"></main>#' "$page" >"$page.bad.html"
  browse "file://$page.bad.html"
  [[ $log == *"Content Security Policy"* ]]
  [[ $dom == *"<title>1 OOM report</title>"* ]]
}

@test "it is a page of its own in print, too: later reports of a storm are there" {
  make_page "$data/storm.txt"
  chromium_alone --print-to-pdf="$BATS_TEST_TMPDIR/page.pdf" "file://$page" 2>/dev/null
  [ "$(head -c 5 "$BATS_TEST_TMPDIR/page.pdf")" = "%PDF-" ]
  browse "file://$page"
  [ "$(grep -c '<article' "$BATS_TEST_TMPDIR/dom")" -eq 3 ]
  [ "$(grep -c '<details' "$BATS_TEST_TMPDIR/dom")" -eq 2 ]
}
