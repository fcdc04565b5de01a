#!/bin/sh
# Where a real one would page somebody.
echo "$CRONVERGE_EVENT: $CRONVERGE_JOB ($CRONVERGE_REASON)" >> out/alerts
