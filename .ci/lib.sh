# What .ci/run and .ci/full share: stages, one line each. To be sourced at the root of the
# repository.

export CARGO_TERM_COLOR=never

passed=0
failed=0
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# stage NAME COMMAND...: runs it, prints name, result and seconds, and what a failure said last.
stage() {
    local name=$1 start=$SECONDS result=ok
    shift
    if "$@" >"$logs/stage" 2>&1 </dev/null; then
        passed=$((passed + 1))
    else
        result=FAILED
        failed=$((failed + 1))
    fi
    printf '%-44s %-7s %4d s\n' "$name" "$result" $((SECONDS - start))
    if [ "$result" = FAILED ]; then
        tail -n 100 "$logs/stage" | sed 's/^/    | /'
    fi
}

# skip NAME REASON: a stage that cannot run here.
skip() {
    printf '%-44s %-7s %s\n' "$1" skipped "$2"
}

# Prints the last line; fails if a stage did.
summary() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

# The names of the crate's features, `default` left out.
features() {
    sed -n '/^\[features\]/,/^\[[^f]/s/^\([a-z][a-z0-9_-]*\) *=.*/\1/p' Cargo.toml | grep -v '^default$'
}

# The names of the fuzz targets.
fuzz_targets() {
    sed -n 's/^name = "\([a-z]*\)"$/\1/p' fuzz/Cargo.toml
}
