#!/usr/bin/env bats
# --help, the man pages and the completions say the same, and each shell can read its file.

load common

setup() {
  man=$BULKHEAD_BUILD/man
  completions=$BULKHEAD_BUILD/completions
}

commands() {
  "$BULKHEAD" --help | sed -n '/^Commands:/,/^$/ s/^  \([a-z]*\) .*/\1/p' | grep -v '^help$'
}

# Long options, one a line, as each form shows them. A row of --help may hold several names.
in_help() {
  "$BULKHEAD" "$1" --help | grep -E '^ {2,8}-' | sed -E 's/^( *(-[^ ,]+(, )?)+(,? --[^ ]+)*).*/\1/' |
    grep -oE -- '--[a-z0-9-]+' | sort -u
}

in_man() {
  sed -n '/^\.SH OPTIONS/,/^\.SH EXIT/p' "$man/bulkhead-$1.1" | sed 's/\\-/-/g' |
    grep -oE '^\\fB-.*' | grep -oE -- '--[a-z0-9-]+' | sort -u
}

in_bash() {
  # shellcheck disable=SC1091
  (
    . "$completions/bulkhead"
    COMP_WORDS=(bulkhead "$1" --) COMP_CWORD=2
    _bulkhead
    printf '%s\n' "${COMPREPLY[@]}"
  ) | sort -u
}

in_zsh() {
  sed -n "/^  $1)\$/,/;;/p" "$completions/_bulkhead" | sed -nE "s/^ *'(--[a-z0-9-]+).*/\1/p" | sort -u
}

in_fish() {
  sed -nE "/seen_subcommand_from $1'/ s/.* -l ([a-z0-9-]+).*/--\1/p" "$completions/bulkhead.fish" | sort -u
}

@test "every option of --help is in the man page and the completions, and none besides" {
  [ -n "$(commands)" ]
  for c in $(commands); do
    [ "$(in_help "$c" | wc -l)" -ge 3 ]
    for form in man bash zsh fish; do
      diff <(in_help "$c") <("in_$form" "$c") || { echo "$c: --help (<) and $form (>) differ"; return 1; }
    done
  done
}

@test "the help of the program and its man page list the same commands" {
  diff <(commands | sort) <(sed -n '/^\.SH COMMANDS/,/^\.SH OPTIONS/ s/^\.BR bulkhead\\-\([a-z]*\) .*/\1/p' "$man/bulkhead.1" | sort)
}

@test "every page has every section, in order" {
  for page in "$man"/bulkhead.1 $(commands | sed "s|.*|$man/bulkhead-&.1|"); do
    sections=$(sed -n 's/^\.SH //p' "$page" | grep -vE '^(COMMANDS|ENVIRONMENT)$' | paste -sd,)
    [ "$sections" = "NAME,SYNOPSIS,DESCRIPTION,OPTIONS,EXIT STATUS,OVERHEAD,EXAMPLES,SEE ALSO" ] ||
      { echo "$page: $sections"; return 1; }
  done
}

@test "every example of a man page names an option and a command that exist" {
  for c in $(commands); do
    while read -r option; do
      in_help "$c" | grep -qxF -- "$option" || { echo "$c: example with $option"; return 1; }
    done < <(sed -n '/^\.SH EXAMPLES/,/^\.SH SEE/p' "$man/bulkhead-$c.1" | sed 's/\\-/-/g' |
      grep -E '^\\fB' | sed 's/ -- .*//' | grep -oE -- '--[a-z0-9-]+' | sort -u)
  done
}

@test "mandoc finds no error in the pages" {
  command -v mandoc >/dev/null || skip "mandoc is not installed"
  for page in "$man"/*.1 "$BULKHEAD_SOURCE"/man/*.[1-9]; do
    [ ! -e "$page" ] || mandoc -T lint -W error "$page"
  done
}

@test "bash reads its completion, and completes a command and an option" {
  bash -n "$completions/bulkhead"
  first=$(commands | head -1)
  run bash -c '. "$1"; COMP_WORDS=(bulkhead "${2:0:2}") COMP_CWORD=1; _bulkhead; echo "${COMPREPLY[*]}"' - \
    "$completions/bulkhead" "$first"
  [[ " $output " == *" $first "* ]]
}

@test "zsh reads its completion" {
  command -v zsh >/dev/null || skip "zsh is not installed"
  zsh -n "$completions/_bulkhead"
}

@test "fish reads its completion" {
  command -v fish >/dev/null || skip "fish is not installed"
  fish -n "$completions/bulkhead.fish"
}

@test "the install puts everything below DESTDIR and nowhere else" {
  [ -x "$BULKHEAD_RELEASE" ] || skip "no release build"
  prefix=$BATS_TEST_TMPDIR/image
  DESTDIR=$prefix meson install --no-rebuild -C "$(dirname "$BULKHEAD_RELEASE")" >/dev/null
  [ -x "$prefix/usr/local/bin/bulkhead" ]
  "$prefix/usr/local/bin/bulkhead" --version
  [ -s "$prefix/usr/local/share/man/man1/bulkhead.1" ]
  [ -s "$prefix/usr/local/share/bash-completion/completions/bulkhead" ]
  [ -d "$prefix/usr/local/libexec/bulkhead/lab" ]
}
