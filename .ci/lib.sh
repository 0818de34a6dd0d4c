# What .ci/run and .ci/full share: stages, one line each. To be sourced at the root of the
# repository.

export CARGO_TERM_COLOR=never
# What is built once needs neither.
export CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# stage NAME COMMAND...: runs it, prints name, result and seconds, and what a failure said last.
stage() {
    local name=$1 start=$SECONDS result=ok log report
    shift
    log=$(mktemp "$logs/stage.XXXXXX")
    "$@" >"$log" 2>&1 </dev/null || result=FAILED
    echo "$result" >>"$logs/results"
    report=$(printf '%-44s %-7s %4d s' "$name" "$result" $((SECONDS - start)))
    if [ "$result" = FAILED ]; then
        report+=$'\n'$(tail -n 100 "$log" | sed 's/^/    | /')
    fi
    echo "$report"
}

# beside NAME COMMAND...: a stage that runs while the script goes on, until `together` or until there are as many
# of them as processors.
beside() {
    while [ "$(jobs -pr | wc -l)" -ge "$(nproc)" ]; do wait -n; done
    stage "$@" &
}

# Waits for the stages that run.
together() {
    wait
}

# skip NAME REASON: a stage that cannot run here.
skip() {
    printf '%-44s %-7s %s\n' "$1" skipped "$2"
}

# Prints the last line; fails if a stage did.
summary() {
    local failed
    failed=$(grep -cx FAILED "$logs/results")
    echo "$(grep -cx ok "$logs/results") passed, $failed failed"
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
