#!/bin/sh
# curl gives the bytes of a response, and `wire decode` the events in them. It does not reconnect: this
# loop does, with the last id.
seen=$(mktemp)
until grep -q '"event":"end"' "$seen"; do
    id=$(sed -n '$s/.*"last_event_id":"\([^"]*\)".*/\1/p' "$seen")
    curl --silent --no-buffer ${id:+-H "Last-Event-ID: $id"} "$1" | "$WIRE" decode - | tee -a "$seen"
    sleep 0.2
done
rm "$seen"
