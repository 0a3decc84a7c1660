#!/usr/bin/env bash
# Measures create→published of the real controllers, for the table of docs/latency.md:
#   model/timing/examples/live.sh target/release/hopwise > model/timing/live.csv
# Prints one line per Service: the poll interval in milliseconds, and the seconds it took.
set -euo pipefail
hopwise=${1:?the hopwise to run}
kubectl=${KUBECTL:-kubectl}
here=$(cd "$(dirname "$0")/../../.." && pwd)
work=$(mktemp -d)
running=()
stop() {
    for pid in "${running[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    running=()
}
trap 'stop; rm -rf "$work"' EXIT

# One chain from its start: the ticks of ccm and ncp have the same interval and keep their distance
# as long as it runs, so that several starts tell more than one long run.
measure() {
    local poll=$1 services=$2 i
    rm -rf "$work/up" "$work/seen"
    "$hopwise" up --poll "$poll" --dir "$work/up" --pool 127.100.0.10-127.100.0.89 \
        --kubectl "$kubectl" >"$work/log" 2>&1 &
    running+=($!)
    export KUBECONFIG="$work/up/guest.kubeconfig"
    for i in $(seq 100); do
        if "$kubectl" get services >/dev/null 2>&1; then break; fi
        sleep 0.1
    done
    sleep $((2 * (poll + 999) / 1000))

    # Both moments are stamped when the same watch tells of them.
    "$kubectl" get services --watch-only \
        -o jsonpath='{.metadata.name} {.status.loadBalancer.ingress[0].ip}{"\n"}'\
        2>/dev/null > >(while read -r name ip; do
            echo "$EPOCHREALTIME $name $ip"
        done >"$work/seen") &
    running+=($!)
    sleep 1
    for i in $(seq "$services"); do
        sed "s/name: web/name: web-$i/" "$here/docs/examples/web.yaml" | "$kubectl" apply -f - >/dev/null
        sleep "0.$((RANDOM % 900 + 100))"
    done
    sleep $((4 * (poll + 999) / 1000 + 2))
    stop
    awk -v poll="$poll" '
        !($2 in created) { created[$2] = $1 }
        $3 != "" && !($2 in published) { published[$2] = $1; printf "%d,%.3f\n", poll, $1 - created[$2] }
    ' "$work/seen"
}

RANDOM=1
echo "# poll interval in ms, create→published in s"
for poll in 500 2000 5000; do
    for _ in 1 2 3; do
        measure "$poll" 8
    done
done
