#!/bin/sh
# Makes .venv and installs whygrad into it, editable:
#   sh tools/setup.sh bare    what a user gets: the package and its few dependencies
#   sh tools/setup.sh test    that, and what `make test`, `make lint` and `make types` need
# Where that is done already it says nothing and takes no time, so every make target calls it.
# PYTHON=... names the interpreter; otherwise the first suitable one is taken.
#
# It is a shell script because it must run, and explain, where no suitable Python is.
set -eu
cd "$(dirname "$0")/.."
trap 'exit 130' INT TERM # leaves $unfinished behind, whatever pip made of the signal

what=${1:-bare}
python=.venv/bin/python
unfinished=.venv/.unfinished # there while .venv is being filled; holds the process that does it
stamp=.venv/.done-$what      # what was installed: where, and from which requirements
wanted=$(pwd && cat pyproject.toml requirements/test.txt tools/setup.sh | cksum)

say() { printf 'setup: %s\n' "$*" >&2; }

# verdict INTERPRETER: prints "ok 3.12", "old 3.9", "novenv 3.11", or nothing if it does not run.
verdict() {
    "$1" -c '
import sys
word = "ok"
if sys.version_info < (3, 11):
    word = "old"
else:
    try:
        import ensurepip, venv
    except ImportError:
        word = "novenv"
print("%s %d.%d" % ((word,) + tuple(sys.version_info[:2])))
' 2>/dev/null || true
}

# Sets $base to the interpreter to use, or says what each one lacks and what mends it.
find_base() {
    complaints=
    if [ -n "${PYTHON:-}" ]; then
        set -- "$PYTHON"
    else
        set -- python3 python3.14 python3.13 python3.12 python3.11
    fi
    for base; do
        found=$(verdict "$base")
        version=${found#* }
        case $found in
        ok*) return ;;
        old*) complaint="$base is Python $version: too old" ;;
        novenv*)
            package=python$version-venv
            [ "$base" != python3 ] || package=python3-venv
            complaint="$base (Python $version) lacks its modules venv and ensurepip:
    on Debian and Ubuntu, apt-get install $package" ;;
        *)
            [ -n "${PYTHON:-}" ] || continue
            complaint="$base does not run" ;;
        esac
        complaints="$complaints
  - $complaint"
    done
    say "whygrad needs Python 3.11 or newer, with venv; tried: $*${complaints:-
  - none of them is there}
  Debian 12, Ubuntu 24.04 or newer:  apt-get install python3 python3-venv
  Ubuntu 22.04:                      apt-get install python3.11 python3.11-venv
  macOS:                             brew install python
  or name an interpreter:            make demo PYTHON=/path/to/python3.11"
    exit 1
}

prefix() { "$1" -c 'import sys; print(sys.base_prefix, sys.version)' 2>/dev/null || true; }

# Whether .venv is whole: no install was cut off in it, its Python runs, is new enough, has pip,
# and is the one that was asked for.
healthy() {
    [ ! -e "$unfinished" ] &&
        "$python" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null &&
        { [ -z "${PYTHON:-}" ] || [ "$(prefix "$PYTHON")" = "$(prefix "$python")" ]; }
}

pip_install() {
    # Quiet: what pip says is shown only when it fails. PIP_USER from a user's own configuration
    # would make pip refuse to install into .venv.
    PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_USER=0 \
        "$python" -m pip install --quiet --no-input "$@" >.venv/setup.log 2>&1 ||
        { tail -n 20 .venv/setup.log >&2 && return 1; }
}

give_up() {
    # pip has ended by itself: it downloads all before it installs any, so what was there works.
    rm -f "$unfinished"
    say "$*: its last words are above, all of them in .venv/setup.log
  If the network was away, run the same command again."
    exit 1
}

case $what in
bare) target=. note= ;;
test) target='.[test]' note=' and what the tests need (minutes, the first time)' ;;
*) say "unknown: $what (bare or test)" && exit 2 ;;
esac

other=$(cat "$unfinished" 2>/dev/null || true)
if [ -n "$other" ] && kill -0 "$other" 2>/dev/null; then
    say "another setup is filling .venv (process $other): try again when it is done
  If process $other is something else: rm -rf .venv"
    exit 1
fi
if healthy; then
    [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || exit 0
    say "installing whygrad$note into .venv"
    echo $$ >"$unfinished"
else
    find_base
    say "making .venv with $base (Python $version), installing whygrad$note"
    rm -rf .venv
    mkdir .venv
    echo $$ >"$unfinished"
    "$base" -m venv .venv || { say "$base -m venv failed (see above)" && exit 1; }
fi

pip_install -e "$target" || give_up "pip could not install whygrad"
if [ "$what" = test ]; then
    pip_install -r requirements/test.txt || {
        # Torch is not built for every machine. The tests that need it then skip and say so,
        # but the run that decides whether work lands must not.
        [ "${CI:-}" != true ] || give_up "pip could not install requirements/test.txt"
        say "pip could not install requirements/test.txt: the tests that need it will be skipped"
    }
    echo "$wanted" >.venv/.done-bare
fi
echo "$wanted" >"$stamp"
rm "$unfinished"
