#!/bin/sh
# Nightly check of a tenant against its policy file. Says nothing while both are alike, so that cron mails nothing.
#
#   nightly-check.sh FILE [OPTION...]     options go to `m365backup-tui plan`, such as --passphrase-file
#
# Exit code: that of `plan --drift`. 0: no difference, 4: differences (the report is printed), 3: somebody has to sign
# in, 1 and 2: the check failed. For all but 0 there is something on standard output.
set -u
file=${1:?name the policy file}
shift
report=$(mktemp) && said=$(mktemp) || exit 1
trap 'rm -f "$report" "$said"' EXIT

m365backup-tui plan "$file" --drift "$@" >"$report" 2>"$said" </dev/null
code=$?
case $code in
  0) ;;
  4) cat "$report" ;;
  3) echo "The nightly check needs a person (exit 3):" && cat "$said" ;;
  *) echo "The nightly check did not work (exit $code):" && cat "$said" ;;
esac
exit $code
